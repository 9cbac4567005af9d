//! Planted bug: the semantic lock is on the request instead of on the pair of user and article.
//!
//! So a like can run between an unlike and its compensation. The compensation then cannot restore the record, because
//! the pair has a new one.

use crate::names::ARTICLE;
use likewise::{coordinator::LikeRequest, service::Parts};

use crate::parts::{LikeParts, product};
use crate::{Action, operation};
use likewise_world::{
    SystemParts,
    plan::{Fault, Host, MessageKind, MessagePoint, Operation, Plan},
    planted::{Change, PlantedBug},
};

pub(super) const PLANTED_BUG: PlantedBug = PlantedBug {
    name: "lock-by-request",
    about: "the lock is on the request, not on the user and the article: a like runs between an unlike and its undo",
    caught_by: &["every-saga-ends", "likes-equal-records"],
    change: Change::own(parts),
    plan,
};

/// The parts of the product, one of them replaced.
fn parts() -> Box<dyn SystemParts> {
    LikeParts::boxed(Parts {
        lock_key,
        ..product()
    })
}

/// The wrong lock key: the pair and the idempotency key. `no_unique` uses it too.
pub(super) fn lock_key(request: &LikeRequest) -> String {
    let key = request.key.as_deref().unwrap_or_default();
    format!("{} {key}", request.pair())
}

/// An unlike removes the record and cannot lower the count. Its user gives up after 300 ms and likes again before the
/// unlike is compensated.
///
/// At the deadline of the unlike, the pair already has the record of the second like.
fn plan() -> Plan {
    let lower = MessagePoint {
        every: Some(1),
        ..MessagePoint::request(Host::COORDINATOR, ARTICLE, MessageKind::DO, 1)
    };
    let impatient = Operation {
        timeout_millis: 300,
        retries: 0,
        ..operation(1, Action::Unlike, 1, 0)
    };
    let mut plan = Plan::new("")
        .with_operation(operation(1, Action::Like, 1, 0))
        .with_operation(impatient)
        .with_operation(operation(1, Action::Like, 1, 0))
        .with_fault(lower.of_saga(2), Fault::LoseRequest);
    plan.timing.converge_within_millis = 10_000;
    plan
}
