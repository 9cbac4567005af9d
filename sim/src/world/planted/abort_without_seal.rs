//! Recovery undoes every running saga, also one whose steps are all done and whose client already has its answer.
//!
//! Without the seal, recovery cannot tell a saga that is half done from one that is done. The log looks the same,
//! because a completed saga is logged lazily (ADR 0001).

use likewise_saga::service::KitParts;
use std::sync::Arc;

use super::PlantedBug;
use crate::rule_variants::AbortWithoutSeal;
use crate::world::plan::{Action, CommitPoint, Fault, Host, Operation, Plan, Side, Trigger};

pub(crate) const PLANTED_BUG: PlantedBug = PlantedBug {
    name: "abort-without-seal",
    about: "recovery and the deadline undo sagas without sealing their steps: an answered like disappears",
    caught_by: &["acknowledged-like-stays"],
    kit: || KitParts {
        rules: Arc::new(AbortWithoutSeal),
        ..KitParts::default()
    },
    plan,
};

/// The coordinator is killed after it has answered, before the end of the saga is in its log.
///
/// Recovery then finds a running saga and undoes it. The client has its answer, and the like is gone.
fn plan() -> Plan {
    let mark = CommitPoint {
        host: Host::COORDINATOR,
        what: Some("saga-log".into()),
        nth: 2,
        side: Side::Before,
    };
    let crash = Fault::Crash {
        host: Host::COORDINATOR,
        down_millis: 200,
    };
    // The second like keeps the run going until the coordinator is back.
    Plan::new("")
        .with_operation(Operation::new(1, Action::Like, 1, 0))
        .with_operation(Operation::new(2, Action::Like, 1, 1_000))
        .with_fault(Trigger::Commit(mark), crash)
}
