//! The server accepts no connection while so many are open as its limit allows: clients that withhold their bodies keep it
//! from answering `/livez`.
//!
//! It replaces no part of the product, but the listener. The world passes it to the simulated process.

use super::{Change, KitBug};

/// The bug.
pub const BUG: KitBug = KitBug {
    name: "health-behind-limit",
    about: "health is behind the limit on connections: clients that withhold bodies silence it",
    change: Change::RefusesOverTheLimit,
};
