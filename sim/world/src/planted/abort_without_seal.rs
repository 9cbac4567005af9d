//! Recovery undoes every running saga, also one whose steps are all done and whose client already has its answer.
//!
//! Without the seal, recovery cannot tell a saga that is half done from one that is done. The log looks the same,
//! because a completed saga is logged lazily (ADR 0001).

use likewise_saga::service::KitParts;
use std::sync::Arc;

use super::{Change, KitBug, product};
use likewise_protocol::rule_variants::AbortWithoutSeal;

/// The bug.
pub const BUG: KitBug = KitBug {
    name: "abort-without-seal",
    about: "recovery and the deadline undo sagas without sealing their steps: an answered operation disappears",
    change: Change::Kit(|| KitParts {
        rules: Arc::new(AbortWithoutSeal),
        ..product()
    }),
};
