//! The bounds of a coordinator of likes, and the times that follow from its configuration.

use std::time::Duration;

use likewise_saga::{
    bound::{Bound, BoundRow},
    coordinator::{self, CoordinatorConfig},
};

use super::product::LIKES;

/// The wait for a like record that another coordinator has made: one attempt, behind at most one other batch.
pub(super) fn like_record(config: &CoordinatorConfig) -> Bound {
    Bound::new("the like record", config.step_timeout * 2)
}

/// The bounds of a coordinator of likes with this configuration.
#[must_use]
pub fn bounds(config: &CoordinatorConfig) -> Vec<BoundRow> {
    let record = like_record(config);
    let record = BoundRow::time(
        record.name,
        record.limit,
        "2 × `--step-timeout`",
        "503; nothing was done",
    );
    coordinator::bounds(config, &LIKES, [record])
}

/// How long an open saga of likes takes at the most after everything that failed works again.
#[must_use]
pub fn heals_within(config: &CoordinatorConfig) -> Duration {
    coordinator::heals_within(config, &LIKES)
}
