//! The invariants of likes, and the list of all invariants that a run of likes must keep.
//!
//! One file holds one invariant with its property, its check and a good and a bad history. Invariants that any saga must
//! keep are in `world/check`. [`PROPERTIES`] and `invariants` put both together.

mod acknowledged;
mod counts;
mod divergence;
mod likes_equal_records;
mod linearizable;
mod meaning;
mod pairs;
mod reported_count;
mod restored;

use super::LIKES;
use crate::world::{
    check::{
        Checker, Invariant, Property, algebra, answered, barrier_moves, compensated,
        compensation_laws, completed, convergence, damage, deadline, durable, epochs, heals,
        health, keys, readiness, recovers, retries, reuse, takeover,
    },
    plan::Plan,
};

/// Every property, in the order in which reports show them. Names are public: plans, records and reports contain them. Where
/// the world speaks of operations and effects, likes have their own words.
pub const PROPERTIES: &[Property] = &[
    pairs::PROPERTY,
    restored::PROPERTY,
    counts::COUNT_IS_DELTAS,
    counts::NEVER_NEGATIVE,
    barrier_moves::PROPERTY,
    completed::PROPERTY.in_words("a saga is completed only if both of its steps are done"),
    compensated::PROPERTY,
    acknowledged::PROPERTY,
    divergence::PROPERTY,
    epochs::PROPERTY,
    durable::PROPERTY,
    reported_count::PROPERTY,
    convergence::PROPERTY,
    likes_equal_records::PROPERTY,
    keys::PROPERTY,
    linearizable::PROPERTY,
    answered::PROPERTY
        .in_words("a coordinator answers every like within its time limit, under any fault"),
    recovers::PROPERTY
        .in_words("soon after one connection has gone silent and others work, likes succeed again"),
    damage::PROPERTY.in_words(
        "after a start with one unreadable row, all other sagas end and new likes succeed",
    ),
    readiness::PROPERTY.in_words(
        "after ready, a like succeeds; after a part goes silent, ready ends in time and names it",
    ),
    health::PROPERTY,
    algebra::REPEATS_CHANGE_NOTHING.in_words(
        "sending every step of the run again, actions and compensations, changes no count and no \
         record",
    ),
    algebra::UNDO_FIRST_HOLDS,
    reuse::PROPERTY,
    compensation_laws::TWICE,
    compensation_laws::REDO,
    compensation_laws::EARLY.in_words(
        "a compensation that comes before its action leaves the counts and records alone, and so \
         does the action after it",
    ),
    compensation_laws::SAME_BATCH.in_words(
        "an action and its compensation in one batch, in either order, leave the counts and records \
         as they were",
    ),
    heals::PROPERTY,
    deadline::PROPERTY,
    takeover::PROPERTY,
    retries::PROPERTY,
];

/// A checker with every invariant. Their order decides which violation of a commit is reported first.
pub(crate) fn checker(plan: &Plan) -> Checker {
    Checker::new(plan, &LIKES, PROPERTIES, invariants())
}

/// The invariants that are fed by the checker. The probes, durability and the compensation laws have no entry here,
/// because the checker judges them itself.
fn invariants() -> Vec<Box<dyn Invariant>> {
    vec![
        Box::new(pairs::OneRecordPerPair),
        Box::new(restored::Restored::default()),
        Box::new(counts::Counts),
        Box::new(barrier_moves::BarrierMoves),
        Box::new(completed::Completed),
        Box::new(compensated::Compensated),
        Box::new(acknowledged::Acknowledged::default()),
        Box::new(divergence::Divergence),
        Box::new(epochs::Epochs::default()),
        Box::new(reported_count::ReportedCount::default()),
        Box::new(convergence::EverySagaEnds),
        Box::new(likes_equal_records::LikesEqualRecords),
        Box::new(keys::OneReplyPerKey),
        Box::new(linearizable::Linearizable),
    ]
}
