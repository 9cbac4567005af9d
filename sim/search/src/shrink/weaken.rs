//! The pass that replaces faults by weaker ones, in one order of severity.
//!
//! ```text
//!  process    power cut > unreadable row > crash > restart > pause > no answers > its visible effect: a lost message, a lost connection
//!  network    flap > partition > one way > slow link > a lost message
//!  message    forged or truncated answer > lost > replayed late > duplicated > reordered > delayed
//!  database   hang > outage > too many clients > pool exhausted > outsider lock > busy > slow
//!             silent connection > lost connection            disk   error > full > slow database
//!  clock      jump > skew
//! ```
//!
//! Every replacement is lower in `severity`, so weakening ends whatever the runs say.

use likewise_world::plan::{
    Fault, FaultKind, Host, MessagePoint, Plan, PlannedFault, Side, Trigger,
};

/// The duration of the skew that replaces a clock jump. A jump itself lasts until healing.
const LONG_MILLIS: u64 = 30_000;

/// Each fault in turn replaced by every weaker one. The weakest come first.
pub(super) fn faults(plan: &Plan) -> Vec<Plan> {
    let mut plans = Vec::new();
    for (place, planned) in plan.faults.iter().enumerate() {
        let mut all = weaker(plan, planned);
        all.sort_by_key(severity);
        plans.extend(all.into_iter().map(|fault| {
            let mut plan = plan.clone();
            plan.faults[place].fault = fault;
            plan
        }));
    }
    plans
}

/// The faults at the same place that are next in severity.
pub(super) fn next_weaker(plan: &Plan, planned: &PlannedFault) -> Vec<Fault> {
    let all = weaker(plan, planned);
    let most = all.iter().map(severity).max();
    let is_next = |fault: &Fault| Some(severity(fault)) == most;
    all.into_iter().filter(is_next).collect()
}

/// The severity of a fault's kind. Kinds that can replace one another have different values.
///
/// The distances between the values mean nothing; only their order counts.
fn severity(fault: &Fault) -> u8 {
    match fault.kind() {
        FaultKind::PowerCut => 90,
        FaultKind::UnreadableRow => 85,
        FaultKind::SecondProcess => 83,
        FaultKind::Crash => 80,
        FaultKind::Zombie => 75,
        FaultKind::Restart => 70,
        FaultKind::Flap => 65,
        FaultKind::Pause => 60,
        FaultKind::AcceptAndNeverAnswer => 58,
        FaultKind::Partition => 55,
        FaultKind::PartitionOneWay => 50,
        FaultKind::ClockJump => 48,
        FaultKind::Hang => 47,
        FaultKind::Outage | FaultKind::DiskError | FaultKind::ClockSkew => 45,
        FaultKind::TooManyClients => 42,
        FaultKind::PoolExhausted | FaultKind::DiskFull => 40,
        FaultKind::OutsiderLock => 38,
        FaultKind::Busy | FaultKind::ClockDrift => 35,
        FaultKind::SilentConnection => 34,
        FaultKind::LoseConnection => 33,
        FaultKind::RefusedRow => 32,
        FaultKind::SlowDatabase => 30,
        FaultKind::SlowLink => 28,
        FaultKind::Forge => 26,
        FaultKind::Truncate => 25,
        FaultKind::LoseRequest | FaultKind::LoseReply => 20,
        FaultKind::ReplayLate => 15,
        FaultKind::WithheldBody => 11,
        FaultKind::Duplicate | FaultKind::Disconnect => 10,
        FaultKind::Reorder => 6,
        FaultKind::Delay => 5,
        // These are behaviours of the workload, not faults of a plan.
        FaultKind::DoubleClick
        | FaultKind::RetryWithKey
        | FaultKind::RetryWithoutKey
        | FaultKind::OverlappingRequests
        | FaultKind::SharedKey => 0,
    }
}

/// Every weaker fault that can replace a fault.
///
/// Candidates are listed without care and filtered by severity. A new kind of fault then needs a severity and nothing
/// else to be ordered.
fn weaker(plan: &Plan, planned: &PlannedFault) -> Vec<Fault> {
    let mut faults = of_family(&planned.fault);
    faults.extend(local(plan, &planned.trigger));
    let now = severity(&planned.fault);
    faults.retain(|fault| severity(fault) < now);
    faults
}

/// The faults of the same family, weaker or not.
fn of_family(fault: &Fault) -> Vec<Fault> {
    match *fault {
        Fault::PowerCut { host, down_millis }
        | Fault::Crash { host, down_millis }
        | Fault::UnreadableRow {
            host, down_millis, ..
        }
        | Fault::Restart { host, down_millis } => down(host, down_millis),
        Fault::Zombie { millis } => vec![Fault::Pause {
            host: Host::COORDINATOR,
            millis,
        }],
        Fault::Flap { a, b, millis, .. } | Fault::Partition { a, b, millis } => {
            partitioned(a, b, millis)
        }
        Fault::PartitionOneWay { from, to, millis } => partitioned(from, to, millis),
        Fault::Outage { host, millis }
        | Fault::PoolExhausted { host, millis }
        | Fault::Busy { host, millis }
        | Fault::Hang { host, millis }
        | Fault::TooManyClients { host, millis }
        | Fault::OutsiderLock { host, millis }
        | Fault::DiskError { host, millis }
        | Fault::DiskFull { host, millis } => disturbed(fault, host, millis),
        Fault::ClockJump { host, by_millis } => vec![Fault::ClockSkew {
            host,
            by_millis,
            millis: LONG_MILLIS,
        }],
        _ => Vec::new(),
    }
}

/// The ways in which a process can be down.
fn down(host: Host, millis: u64) -> Vec<Fault> {
    let down_millis = millis;
    vec![
        Fault::Crash { host, down_millis },
        Fault::Restart { host, down_millis },
        Fault::Pause { host, millis },
    ]
}

/// The ways in which a link can be disturbed.
fn partitioned(a: Host, b: Host, millis: u64) -> Vec<Fault> {
    vec![
        Fault::Partition { a, b, millis },
        Fault::PartitionOneWay {
            from: a,
            to: b,
            millis,
        },
        Fault::PartitionOneWay {
            from: b,
            to: a,
            millis,
        },
        Fault::SlowLink {
            a,
            b,
            latency_millis: 100,
            millis,
        },
    ]
}

/// The ways in which a database or its disk can be disturbed.
fn disturbed(fault: &Fault, host: Host, millis: u64) -> Vec<Fault> {
    let slow = Fault::SlowDatabase {
        host,
        extra_millis: 100,
        millis,
    };
    match fault {
        Fault::DiskError { .. } | Fault::DiskFull { .. } => {
            vec![Fault::DiskFull { host, millis }, slow]
        }
        Fault::Hang { .. } => vec![
            Fault::Outage { host, millis },
            Fault::OutsiderLock { host, millis },
            slow,
        ],
        _ => vec![
            Fault::PoolExhausted { host, millis },
            Fault::Busy { host, millis },
            slow,
        ],
    }
}

/// The faults of one message or one commit, if the trigger is at one.
///
/// What a crash or an outage looks like from outside is often one lost message. If that is enough to fail, the
/// explanation is much shorter.
fn local(plan: &Plan, trigger: &Trigger) -> Vec<Fault> {
    match trigger {
        Trigger::At { .. } => Vec::new(),
        Trigger::Commit(_) => vec![Fault::LoseConnection],
        Trigger::Message(MessagePoint { side, .. }) => {
            let step_timeout = plan.timing.step_timeout_millis;
            let late = Fault::Delay {
                millis: step_timeout.saturating_mul(2),
            };
            match side {
                Side::After => vec![Fault::LoseReply, late],
                Side::Before => vec![
                    Fault::LoseRequest,
                    Fault::ReplayLate {
                        millis: step_timeout.saturating_mul(2),
                    },
                    Fault::Duplicate { copies: 1 },
                    Fault::Reorder,
                    late,
                ],
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exhaustive::faults_at;
    use likewise_world::plan::{CommitPoint, InjectionPoint, MessageKind};
    use likewise_world::testing::{SHOP, STORE};

    fn every_planned_fault() -> Vec<PlannedFault> {
        let request = MessagePoint::request(Host::COORDINATOR, STORE, MessageKind::DO, 1);
        let reply = MessagePoint::reply(Host::COORDINATOR, STORE, MessageKind::DO, 1);
        let commit = CommitPoint::after(STORE, "steps", 1);
        let points = [
            InjectionPoint::Message(request),
            InjectionPoint::Message(reply),
            InjectionPoint::Commit(commit),
        ];
        let planned = |point: &InjectionPoint| {
            let trigger = match point.clone() {
                InjectionPoint::Message(point) => Trigger::Message(point),
                InjectionPoint::Commit(point) => Trigger::Commit(point),
            };
            faults_at(point).into_iter().map(move |fault| PlannedFault {
                trigger: trigger.clone(),
                fault,
            })
        };
        points.iter().flat_map(planned).collect()
    }

    #[test]
    fn every_weaker_fault_has_a_lower_severity() {
        let plan = Plan::new("x");
        for planned in every_planned_fault() {
            for fault in weaker(&plan, &planned) {
                assert!(severity(&fault) < severity(&planned.fault), "{planned}");
            }
        }
    }

    #[test]
    fn a_weaker_fault_is_valid_where_the_stronger_one_was() {
        let plan = Plan::new("x");
        for planned in every_planned_fault() {
            for fault in weaker(&plan, &planned) {
                let plan = plan.clone().with_fault(planned.trigger.clone(), fault);
                assert_eq!(
                    likewise_world::plan::problem(&SHOP, &plan),
                    None,
                    "{planned}"
                );
            }
        }
    }

    #[test]
    fn the_next_weaker_fault_is_the_nearest_in_severity() {
        let reply = MessagePoint::reply(Host::COORDINATOR, STORE, MessageKind::DO, 1);
        let next = |fault| {
            let trigger = Trigger::Message(reply);
            let planned = PlannedFault { trigger, fault };
            let kinds = next_weaker(&Plan::new("x"), &planned).into_iter();
            kinds.map(|fault| fault.kind()).collect::<Vec<_>>()
        };
        let crash = Fault::Crash {
            host: STORE,
            down_millis: 1,
        };
        assert_eq!(next(crash), [FaultKind::Restart]);
        assert_eq!(next(Fault::LoseReply), [FaultKind::Delay]);
        assert!(next(Fault::Delay { millis: 1 }).is_empty());
    }
}
