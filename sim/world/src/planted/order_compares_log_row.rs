//! The tag of a saga covers what the log has, and no barrier row: an order is accepted although steps have been done or undone since its operator looked.
//!
//! A row with a version is what most services compare. The effects of a saga are elsewhere, and change without it.

use likewise_saga::{
    coordinator::{SeenSaga, order_tag},
    service::KitParts,
};

use super::{Change, KitBug, product};

/// The bug.
pub const BUG: KitBug = KitBug {
    name: "order-compares-log-row",
    about: "an order of an operator is compared with what the log has: steps that were done since the look do not count",
    change: Change::Kit(|| KitParts {
        order_tag: |seen| {
            order_tag(&SeenSaga {
                barrier: String::new(),
                ..seen.clone()
            })
        },
        ..product()
    }),
};
