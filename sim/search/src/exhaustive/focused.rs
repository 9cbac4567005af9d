//! Plans around which only some injection points are searched, alone and not in pairs: what the clean runs of the three sagas
//! do not reach.
//!
//! ```text
//!  through a standby    requests that one coordinator forwards to another, and renewals of the lease
//!  a takeover           the claim of the lease, and the scan that follows it
//!  a restart            the takeover of the log without a lease, and the scan that follows it
//!  together             the items of batches, of which one is refused
//!  retention            watermarks that are stored and published, and rows that are deleted
//!  orders               orders of an operator, and the commits of their audit entries
//!  alerts               alerts to a receiver, and the commits of what came of them
//! ```

use super::{
    bases::{LONG_MILLIS, SHORT_MILLIS, bases, with_short_timeouts},
    cases::{Case, cases_with, faults_at},
};
use likewise_world::{
    RunError, System,
    plan::{
        CommitPoint, Fault, Host, InjectionPoint, MessageKind, MessagePoint, Name, Plan,
        ReceiverAnswer, SCAN, Side, Trigger,
    },
};

/// The renewals of a clean run that are searched. The others are the same.
const RENEWALS_MAX: u32 = 2;
/// For how long sagas are kept: as long as an answer may take.
const PERIOD_MILLIS: u64 = 700;
/// A time after which the first sagas are collected.
const PERIODS_MILLIS: u64 = 2_500;
/// The publications, stored watermarks and batches of rows that are searched.
const PUBLICATIONS_MAX: u32 = 2;
/// The commits of the leader's clock that are searched: one of so many, up to this one.
const CLOCKS_STEP: u32 = 5;
const CLOCKS_MAX: u32 = 30;
/// How far apart sagas begin, so that one of them is open for some time.
const APART_MILLIS: u64 = 300;
/// The orders that are searched.
const ORDERS_MAX: u32 = 2;
/// The alerts that are searched.
const ALERTS_MAX: u32 = 2;
/// The items of a batch of which each is refused in turn.
const ITEMS_MAX: u32 = 3;

/// A plan, and the faults that are searched at each of its injection points.
pub struct FocusedBase {
    /// The plan. It may have faults, which bring the run to the points that are searched.
    pub plan: Plan,
    faults_at: fn(&InjectionPoint) -> Vec<Fault>,
}

impl FocusedBase {
    /// Every fault that is searched, each in a plan.
    ///
    /// # Errors
    /// [`RunError`] of the run without it.
    pub fn cases(&self, system: &'static dyn System) -> Result<Vec<Case>, RunError> {
        cases_with(system, &self.plan, self.faults_at)
    }
}

/// All of them, with short time-outs.
#[must_use]
pub fn focused_bases(system: &dyn System) -> Vec<FocusedBase> {
    let base = |name: &str, mut plan: Plan, faults_at| {
        plan.name = name.to_owned();
        with_short_timeouts(&mut plan);
        FocusedBase { plan, faults_at }
    };
    let mut bases = vec![
        base("a restart", restart(system), at_takeover),
        base("together", system.crowd(), of_items),
    ];
    if system.replicas_max(Name::COORDINATOR) >= 2 {
        let mut standby = system.crowd();
        standby.topology = standby.topology.with(Name::COORDINATOR, 2);
        bases.push(base("through a standby", standby, between_coordinators));
        bases.push(base("a takeover", takeover(system), at_takeover));
    }
    bases.push(base("retention", retention(system), of_retention));
    bases.push(base("orders", operated(system), of_orders));
    bases.push(base("alerts", alerted(system), of_alerts));
    bases
}

/// The first sagas are collected before the last one begins.
fn retention(system: &dyn System) -> Plan {
    let mut plan = system.crowd();
    if let Some(last) = plan.workload.last_mut() {
        last.at_millis = PERIODS_MILLIS;
    }
    for operation in &mut plan.workload {
        operation.keyed = false;
        operation.retries = 0;
    }
    plan.with_retention(PERIOD_MILLIS, PERIOD_MILLIS)
}

/// Requests to a service take longer than their time-out, so sagas stay open, and an operator gives orders about them.
fn operated(system: &dyn System) -> Plan {
    slow(system).with_operators(1)
}

/// The same sagas are parked, and the receiver does not take the first alert.
fn alerted(system: &dyn System) -> Plan {
    let mut plan = slow(system).with_receiver([ReceiverAnswer::Status { status: 500 }]);
    plan.limits.park_after = 1;
    plan
}

fn slow(system: &dyn System) -> Plan {
    let mut plan = system.crowd();
    for (operation, place) in plan.workload.iter_mut().zip(0..) {
        operation.at_millis = place * APART_MILLIS;
    }
    let service = system.participants()[0];
    let slow = MessagePoint {
        every: Some(1),
        ..MessagePoint::request(Host::COORDINATOR, service, MessageKind::DO, 1)
    };
    let millis = SHORT_MILLIS;
    plan.with_fault(slow, Fault::Delay { millis })
}

/// The leader is paused in the middle of a saga, until a standby has taken over.
fn takeover(system: &dyn System) -> Plan {
    let mut plan = first_base(system);
    plan.topology = plan.topology.with(Name::COORDINATOR, 2);
    let steps = system.participants()[0];
    plan.with_fault(
        CommitPoint::after(steps, "steps", 1),
        Fault::Zombie {
            millis: LONG_MILLIS * 20,
        },
    )
}

/// The only coordinator is killed in the middle of a saga.
fn restart(system: &dyn System) -> Plan {
    let crash = Fault::Crash {
        host: Host::COORDINATOR,
        down_millis: SHORT_MILLIS,
    };
    let saga = CommitPoint::after(Host::COORDINATOR, "saga-log", 1);
    first_base(system).with_fault(Trigger::Commit(saga), crash)
}

fn first_base(system: &dyn System) -> Plan {
    bases(system)
        .into_iter()
        .next()
        .unwrap_or_else(|| Plan::new(""))
}

/// Every fault at a message from one coordinator to another, and at the first renewals of the lease.
fn between_coordinators(point: &InjectionPoint) -> Vec<Fault> {
    let is_searched = match point {
        InjectionPoint::Message(point) => point.from.is_coordinator() && point.to.is_coordinator(),
        InjectionPoint::Commit(point) => {
            is_named(point, "renew-shard") && point.nth <= RENEWALS_MAX
        }
    };
    if is_searched {
        faults_at(point)
    } else {
        Vec::new()
    }
}

/// Every fault at a claim, at a takeover without a lease, and at a scan.
fn at_takeover(point: &InjectionPoint) -> Vec<Fault> {
    let names = ["claim-shard", "take-over", SCAN];
    match point {
        InjectionPoint::Commit(commit) if names.iter().any(|name| is_named(commit, name)) => {
            faults_at(point)
        }
        _ => Vec::new(),
    }
}

/// Every fault at the first publications, at the first watermarks that are stored, and at the first batches of rows. The leader
/// stores its clock all the time, so only some of these commits are searched.
fn of_retention(point: &InjectionPoint) -> Vec<Fault> {
    let is_searched = match point {
        InjectionPoint::Message(point) => {
            point.what == Some(MessageKind::WATERMARK) && point.nth <= PUBLICATIONS_MAX
        }
        InjectionPoint::Commit(point) => {
            let is_early = point.nth <= PUBLICATIONS_MAX;
            let is_one_of_many = point.nth <= CLOCKS_MAX && point.nth.is_multiple_of(CLOCKS_STEP);
            (is_early && (is_named(point, "raise-watermark") || is_named(point, "collect")))
                || (is_one_of_many && is_named(point, "retention"))
        }
    };
    match is_searched {
        true => faults_at(point),
        false => Vec::new(),
    }
}

/// Every fault at the first orders, at their answers, and at the commits of their entries.
fn of_orders(point: &InjectionPoint) -> Vec<Fault> {
    let is_searched = match point {
        InjectionPoint::Message(point) => {
            point.what == Some(MessageKind::OPERATE) && point.nth <= ORDERS_MAX
        }
        InjectionPoint::Commit(point) => is_named(point, "operate") && point.nth <= ORDERS_MAX,
    };
    match is_searched {
        true => faults_at(point),
        false => Vec::new(),
    }
}

/// Every fault at the first alerts, at their answers, and at the commits of what came of them.
fn of_alerts(point: &InjectionPoint) -> Vec<Fault> {
    let is_searched = match point {
        InjectionPoint::Message(point) => {
            point.what == Some(MessageKind::ALERT) && point.nth <= ALERTS_MAX
        }
        InjectionPoint::Commit(point) => is_named(point, "note-alert") && point.nth <= ALERTS_MAX,
    };
    match is_searched {
        true => faults_at(point),
        false => Vec::new(),
    }
}

/// Each item of a batch is refused in turn.
fn of_items(point: &InjectionPoint) -> Vec<Fault> {
    let refused = |item| Fault::RefusedRow {
        item,
        millis: LONG_MILLIS,
    };
    match point {
        InjectionPoint::Commit(point)
            if point.side == Side::Before
                && (is_named(point, "saga-log") || is_named(point, "steps")) =>
        {
            (1..=ITEMS_MAX).map(refused).collect()
        }
        _ => Vec::new(),
    }
}

fn is_named(point: &CommitPoint, name: &str) -> bool {
    point.what.as_deref() == Some(name)
}
