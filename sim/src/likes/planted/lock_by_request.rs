//! The semantic lock is on the request instead of on the user and the article: a like may come
//! between an unlike and its compensation.

use likewise::{coordinator::LikeRequest, service::Parts};

use crate::world::{
    plan::{Action, Fault, Host, MessageKind, MessagePoint, Operation, Plan},
    planted::PlantedBug,
};

pub(super) const PLANTED_BUG: PlantedBug = PlantedBug {
    name: "lock-by-request",
    about: "the lock is on the request, not on the user and the article: a like comes between an unlike and its undo",
    caught_by: &["every-saga-ends", "likes-equal-records"],
    parts: || Parts {
        lock_key,
        ..Parts::default()
    },
    plan,
};

/// What is locked: the request, by its key.
pub(super) fn lock_key(ask: &LikeRequest) -> String {
    format!("{} {}", ask.pair(), ask.key.as_deref().unwrap_or_default())
}

/// An unlike removes the record and cannot lower the count; meanwhile its user, who did not wait,
/// likes again.
fn plan() -> Plan {
    let lower = MessagePoint {
        every: Some(1),
        ..MessagePoint::request(Host::Coordinator, Host::Article, MessageKind::Do, 1)
    };
    let hasty = Operation {
        timeout_millis: 300,
        retries: 0,
        ..Operation::new(1, Action::Unlike, 1, 0)
    };
    let mut plan = Plan::new("")
        .with_operation(Operation::new(1, Action::Like, 1, 0))
        .with_operation(hasty)
        .with_operation(Operation::new(1, Action::Like, 1, 0))
        .with_fault(lower.of_saga(2), Fault::LoseRequest);
    plan.timing.converge_within_millis = 10_000;
    plan
}
