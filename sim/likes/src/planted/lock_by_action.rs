//! Planted bug: the semantic lock is on the pair and the action, so a like and an unlike of one pair run at the same time.
//!
//! The like runs between the steps of the unlike. If the unlike must be compensated, its record cannot be restored.

use likewise::{
    coordinator::{LikeAction, LikeRequest},
    service::Parts,
};

use crate::{
    Action,
    names::ARTICLE,
    operation,
    parts::{LikeParts, product},
};
use likewise_world::{
    SystemParts,
    plan::{Fault, Host, MessageKind, MessagePoint, Operation, Plan},
    planted::{Change, PlantedBug},
};

pub(super) const PLANTED_BUG: PlantedBug = PlantedBug {
    name: "lock-by-action",
    about: "the lock is on the pair and the action: a like and an unlike of one pair run at the same time",
    caught_by: &["every-saga-ends", "likes-equal-records"],
    change: Change::own(parts),
    plan,
};

/// The parts of the product, one of them replaced.
fn parts() -> Box<dyn SystemParts> {
    LikeParts::boxed(Parts {
        lock_key: |request: &LikeRequest| {
            let is_unlike = request.action == LikeAction::Unlike;
            format!("{} {is_unlike}", request.pair())
        },
        ..product()
    })
}

/// An unlike removes the record and cannot lower the count. While it is in progress, its user likes the article again.
///
/// At the deadline of the unlike, the pair already has the record of the second like, so the first one cannot be restored.
fn plan() -> Plan {
    let lower = MessagePoint {
        every: Some(1),
        ..MessagePoint::request(Host::COORDINATOR, ARTICLE, MessageKind::DO, 1)
    };
    let like_again = Operation {
        overlaps: true,
        ..operation(1, Action::Like, 1, 400)
    };
    let mut plan = Plan::new("")
        .with_operation(operation(1, Action::Like, 1, 0))
        .with_operation(operation(1, Action::Unlike, 1, 0))
        .with_operation(like_again)
        .with_fault(lower.of_saga(2), Fault::LoseRequest);
    plan.timing.converge_within_millis = 10_000;
    plan
}
