//! Readiness pings the coordinator's own database and nothing else: it says *ready* while no operation can succeed.
//!
//! It replaces no part of the product, but a setting. The world passes it to the coordinator's configuration.

use super::{Change, KitBug};

/// The bug.
pub const BUG: KitBug = KitBug {
    name: "ready-only-pings",
    about: "readiness only pings the saga log: it says ready while a service is silent",
    change: Change::NeverWatches,
};
