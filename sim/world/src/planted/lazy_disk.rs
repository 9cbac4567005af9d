//! The databases do not wait for the disk: a power cut loses acknowledged commits.
//!
//! It replaces no part of the product, but the way in which its files are opened. The world passes it to
//! the simulated storage (`sim/world/src/storage/store.rs`).
//!
//! In this mode SQLite does not sync its write-ahead log at each commit. Nothing is wrong until the power fails, so a
//! test that only kills processes does not find it.

use likewise_saga::store::Synchronous;

use super::{Change, KitBug};

/// The bug.
pub const BUG: KitBug = KitBug {
    name: "lazy-disk",
    about: "synchronous=NORMAL: what was acknowledged disappears with the power",
    change: Change::Synchronous(Synchronous::Normal),
};
