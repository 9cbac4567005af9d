//! Plans with weaker faults, in one order of severity.
//!
//! ```text
//!  process    power cut > crash > restart > pause > what its victim sees of it: a lost message, a lost connection
//!  network    flap > partition > one way > slow link > a lost message
//!  message    forged or cut answer > lost > replayed late > repeated > overtaken > late
//!  database   away > exhausted > busy > slow          disk   errors > full > slow database
//!  clock      jump > skew
//! ```
//!
//! Every step goes down in [`severity`], so weakening ends whatever the runs say.

use crate::world::plan::{Fault, FaultKind, Host, MessagePoint, Plan, PlannedFault, Side, Trigger};

/// A fault that ends with the healing is replaced by one that lasts so long.
const LONG_MILLIS: u64 = 30_000;

/// Every fault, one after the other, replaced by every weaker one: the weakest first.
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

/// The faults that are one notch weaker, at the same place.
pub(super) fn one_notch(plan: &Plan, planned: &PlannedFault) -> Vec<Fault> {
    let all = weaker(plan, planned);
    let most = all.iter().map(severity).max();
    let is_next = |fault: &Fault| Some(severity(fault)) == most;
    all.into_iter().filter(is_next).collect()
}

/// How bad a kind is. A total order of the kinds that can replace one another.
fn severity(fault: &Fault) -> u8 {
    match fault.kind() {
        FaultKind::PowerCut => 90,
        FaultKind::Crash => 80,
        FaultKind::Zombie => 75,
        FaultKind::Restart => 70,
        FaultKind::Flap => 65,
        FaultKind::Pause => 60,
        FaultKind::Partition => 55,
        FaultKind::PartitionOneWay => 50,
        FaultKind::ClockJump => 48,
        FaultKind::Outage | FaultKind::DiskError | FaultKind::ClockSkew => 45,
        FaultKind::PoolExhausted | FaultKind::DiskFull => 40,
        FaultKind::Busy | FaultKind::ClockDrift => 35,
        FaultKind::LoseConnection => 33,
        FaultKind::SlowDatabase => 30,
        FaultKind::SlowLink => 28,
        FaultKind::Forge => 26,
        FaultKind::Truncate => 25,
        FaultKind::LoseRequest | FaultKind::LoseReply => 20,
        FaultKind::ReplayLate => 15,
        FaultKind::Duplicate | FaultKind::Disconnect => 10,
        FaultKind::Reorder => 6,
        FaultKind::Delay => 5,
        // The workload has those.
        FaultKind::DoubleClick | FaultKind::RetryWithKey | FaultKind::RetryWithoutKey => 0,
    }
}

/// Everything weaker that can be put in a fault's place.
fn weaker(plan: &Plan, planned: &PlannedFault) -> Vec<Fault> {
    let mut faults = of_its_family(&planned.fault);
    faults.extend(local(plan, &planned.trigger));
    let now = severity(&planned.fault);
    faults.retain(|fault| severity(fault) < now);
    faults
}

fn of_its_family(fault: &Fault) -> Vec<Fault> {
    match *fault {
        Fault::PowerCut { host, down_millis }
        | Fault::Crash { host, down_millis }
        | Fault::Restart { host, down_millis } => down(host, down_millis),
        Fault::Zombie { millis } => vec![Fault::Pause {
            host: Host::Coordinator,
            millis,
        }],
        Fault::Flap { a, b, millis, .. } | Fault::Partition { a, b, millis } => {
            cut_off(a, b, millis)
        }
        Fault::PartitionOneWay { from, to, millis } => cut_off(from, to, millis),
        Fault::Outage { host, millis }
        | Fault::PoolExhausted { host, millis }
        | Fault::Busy { host, millis }
        | Fault::DiskError { host, millis }
        | Fault::DiskFull { host, millis } => hindered(fault, host, millis),
        Fault::ClockJump { host, by_millis } => vec![Fault::ClockSkew {
            host,
            by_millis,
            millis: LONG_MILLIS,
        }],
        _ => Vec::new(),
    }
}

fn down(host: Host, millis: u64) -> Vec<Fault> {
    let down_millis = millis;
    vec![
        Fault::Crash { host, down_millis },
        Fault::Restart { host, down_millis },
        Fault::Pause { host, millis },
    ]
}

fn cut_off(a: Host, b: Host, millis: u64) -> Vec<Fault> {
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

fn hindered(fault: &Fault, host: Host, millis: u64) -> Vec<Fault> {
    let slow = Fault::SlowDatabase {
        host,
        extra_millis: 100,
        millis,
    };
    match fault {
        Fault::DiskError { .. } | Fault::DiskFull { .. } => {
            vec![Fault::DiskFull { host, millis }, slow]
        }
        _ => vec![
            Fault::PoolExhausted { host, millis },
            Fault::Busy { host, millis },
            slow,
        ],
    }
}

/// What happens to one message or one commit only, if that is where the fault strikes.
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
    use crate::{
        search::exhaustive::faults_at,
        world::plan::{CommitPoint, InjectionPoint, MessageKind},
    };

    fn everything() -> Vec<PlannedFault> {
        let request = MessagePoint::request(Host::Coordinator, Host::User, MessageKind::Do, 1);
        let reply = MessagePoint::reply(Host::Coordinator, Host::User, MessageKind::Do, 1);
        let commit = CommitPoint::after(Host::User, "steps", 1);
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
    fn every_step_goes_down() {
        let plan = Plan::new("x");
        for planned in everything() {
            for fault in weaker(&plan, &planned) {
                assert!(severity(&fault) < severity(&planned.fault), "{planned}");
            }
        }
    }

    #[test]
    fn a_weaker_fault_can_strike_where_the_stronger_one_did() {
        let plan = Plan::new("x");
        for planned in everything() {
            for fault in weaker(&plan, &planned) {
                let plan = plan.clone().with_fault(planned.trigger.clone(), fault);
                assert_eq!(crate::world::plan::problem(&plan), None, "{planned}");
            }
        }
    }

    #[test]
    fn a_notch_is_the_next_weaker_kind() {
        let reply = MessagePoint::reply(Host::Coordinator, Host::User, MessageKind::Do, 1);
        let notch = |fault| {
            let trigger = Trigger::Message(reply);
            let planned = PlannedFault { trigger, fault };
            let kinds = one_notch(&Plan::new("x"), &planned).into_iter();
            kinds.map(|fault| fault.kind()).collect::<Vec<_>>()
        };
        let crash = Fault::Crash {
            host: Host::User,
            down_millis: 1,
        };
        assert_eq!(notch(crash), [FaultKind::Restart]);
        assert_eq!(notch(Fault::LoseReply), [FaultKind::Delay]);
        assert!(notch(Fault::Delay { millis: 1 }).is_empty());
    }
}
