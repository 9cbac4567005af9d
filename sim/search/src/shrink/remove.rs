//! The pass that removes faults.

use std::ops::Range;

use likewise_world::plan::{MessagePoint, Plan, PlannedFault, Trigger};

/// The plan without these faults.
pub(super) fn faults(plan: &Plan, range: Range<usize>) -> Vec<Plan> {
    let mut smaller = plan.clone();
    smaller.faults.drain(range);
    vec![smaller]
}

/// Replaces the same fault at several messages by one fault at every such message.
///
/// A saga that must lose all its actions until its deadline needs many faults, or this one.
pub(super) fn series(plan: &Plan) -> Vec<Plan> {
    let merged = |first: &PlannedFault| {
        let mut smaller = plan.clone();
        smaller.faults.retain(|other| !is_alike(first, other));
        let Trigger::Message(point) = first.trigger else {
            return None;
        };
        let every = MessagePoint {
            nth: 1,
            every: Some(1),
            ..point
        };
        let is_smaller = smaller.faults.len() + 1 < plan.faults.len();
        is_smaller.then(|| smaller.with_fault(every, first.fault))
    };
    plan.faults.iter().filter_map(merged).collect()
}

/// Whether two faults are equal and are injected at messages of the same kind.
fn is_alike(one: &PlannedFault, other: &PlannedFault) -> bool {
    let without_number = |planned: &PlannedFault| match planned.trigger {
        Trigger::Message(point) => Some(MessagePoint {
            nth: 1,
            every: None,
            ..point
        }),
        _ => None,
    };
    one.fault == other.fault
        && without_number(one).is_some()
        && without_number(one) == without_number(other)
}

#[cfg(test)]
mod tests {
    use super::*;
    use likewise_world::plan::{Fault, Host, MessageKind};
    use likewise_world::testing::{STORE, TILL};

    #[test]
    fn a_series_of_losses_becomes_one_fault_at_every_message() {
        let point = |to, nth| MessagePoint::request(Host::COORDINATOR, to, MessageKind::DO, nth);
        let plan = Plan::new("x")
            .with_fault(point(STORE, 2), Fault::LoseRequest)
            .with_fault(point(TILL, 2), Fault::LoseRequest)
            .with_fault(point(STORE, 3), Fault::LoseRequest)
            .with_fault(point(STORE, 3), Fault::Duplicate { copies: 1 });
        let smaller = series(&plan);
        assert_eq!(smaller[0].faults.len(), 3);
        let last = smaller[0].faults.last().unwrap().to_string();
        assert_eq!(
            last,
            "every request from #1 of do coordinator→store: lose the request"
        );
        assert!(
            smaller.iter().all(|plan| plan.faults.len() == 3),
            "other faults stay"
        );
    }
}
