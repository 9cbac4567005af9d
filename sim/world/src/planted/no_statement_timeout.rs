//! A statement without an answer is waited for without a limit: one silent connection stops a service for good.
//!
//! It replaces no part of the product, but a setting. The world passes it to the simulated storage.

use super::{Change, KitBug, Timeout};

/// The bug.
pub const BUG: KitBug = KitBug {
    name: "no-statement-timeout",
    about: "statements have no time-out: one silent connection stops every operation for good",
    change: Change::Lacks(Timeout::Statement),
};
