//! The answer to a client has no time-out: it waits until the saga has ended.
//!
//! It replaces no part of the product, but a setting. The world passes it to the coordinator's configuration.

use super::{Change, KitBug, Timeout};

/// The bug.
pub const BUG: KitBug = KitBug {
    name: "no-answer-timeout",
    about: "the answer to a client has no time-out: an operation waits for as long as a participant is silent",
    change: Change::Lacks(Timeout::Answer),
};
