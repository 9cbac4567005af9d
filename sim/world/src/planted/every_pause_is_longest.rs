//! There is no back-off: the first retry of each request waits as long as the last one.
//!
//! It replaces no part of the product, but a setting: every pause is the longest. The world passes it to the
//! coordinator's configuration.

use super::{Change, KitBug, Timeout};

/// The bug.
pub const BUG: KitBug = KitBug {
    name: "every-pause-is-longest",
    about: "there is no back-off: one lost request delays its saga by the longest pause",
    change: Change::Lacks(Timeout::ShortPauses),
};
