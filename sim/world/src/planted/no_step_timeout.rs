//! A participant without an answer is waited for without a limit.
//!
//! It replaces no part of the product, but a setting. The world passes it to the coordinator's configuration.

use super::{Change, KitBug, Timeout};

/// The bug.
pub const BUG: KitBug = KitBug {
    name: "no-step-timeout",
    about: "requests to a participant have no time-out: one that is never answered stops its queue",
    change: Change::Lacks(Timeout::Step),
};
