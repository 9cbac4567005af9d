//! The invariants that only likes must keep, and those of any saga in the words of likes.
//!
//! One file holds one invariant with its property, its check and a good and a bad history.

mod acknowledged;
mod counts;
mod divergence;
mod likes_equal_records;
mod linearizable;
mod meaning;
mod pairs;
mod reads;
mod reported_count;
mod restored;

use likewise_world::check::{Invariant, Property};

/// The properties of likes alone.
pub(super) const PROPERTIES: &[Property] = &[
    pairs::PROPERTY,
    restored::PROPERTY,
    counts::COUNT_IS_DELTAS,
    counts::NEVER_NEGATIVE,
    acknowledged::PROPERTY,
    divergence::PROPERTY,
    reported_count::PROPERTY,
    likes_equal_records::PROPERTY,
    linearizable::PROPERTY,
    reads::PROPERTY,
];

/// Properties of any saga in the words of likes. Where the world speaks of operations and effects, likes have their own.
pub(crate) const IN_OWN_WORDS: &[(&str, &str)] = &[
    (
        "completed-is-all-done",
        "a saga is completed only if both of its steps are done",
    ),
    (
        "answered-within-bound",
        "a coordinator answers every like within its time limit, under any fault",
    ),
    (
        "recovers-after-silence",
        "soon after one connection has gone silent and others work, likes succeed again",
    ),
    (
        "bad-row-stops-no-other",
        "after a start with one unreadable row, all other sagas end and new likes succeed",
    ),
    (
        "ready-tells-the-truth",
        "after ready, a like succeeds; after a part goes silent, ready ends in time and names it",
    ),
    (
        "repeats-change-nothing",
        "sending every step of the run again, actions and compensations, changes no count and no \
         record",
    ),
    (
        "early-undo-wins",
        "a compensation that comes before its action leaves the counts and records alone, and so \
         does the action after it",
    ),
    (
        "undo-beside-do-is-nothing",
        "an action and its compensation in one batch, in either order, leave the counts and records \
         as they were",
    ),
];

/// The checks of [`PROPERTIES`].
pub(super) fn invariants() -> Vec<Box<dyn Invariant>> {
    vec![
        Box::new(pairs::OneRecordPerPair),
        Box::new(restored::Restored::default()),
        Box::new(counts::Counts),
        Box::new(acknowledged::Acknowledged::default()),
        Box::new(divergence::Divergence),
        Box::new(reported_count::ReportedCount::default()),
        Box::new(likes_equal_records::LikesEqualRecords),
        Box::new(linearizable::Linearizable),
        Box::new(reads::ReadsAreTrue::default()),
    ]
}
