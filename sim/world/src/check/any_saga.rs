//! The list of the properties that any saga must keep.

use super::{
    Invariant, Property, algebra, answered, barrier_moves, compensated, compensation_laws,
    completed, convergence, damage, deadline, durable, epochs, heals, health, keys, readiness,
    recovers, retries, reuse, takeover,
};

/// Every property of any saga, in the order in which reports show them.
pub const PROPERTIES: [Property; 23] = [
    barrier_moves::PROPERTY,
    completed::PROPERTY,
    compensated::PROPERTY,
    epochs::PROPERTY,
    durable::PROPERTY,
    convergence::PROPERTY,
    keys::PROPERTY,
    answered::PROPERTY,
    recovers::PROPERTY,
    damage::PROPERTY,
    readiness::PROPERTY,
    health::PROPERTY,
    algebra::REPEATS_CHANGE_NOTHING,
    algebra::UNDO_FIRST_HOLDS,
    reuse::PROPERTY,
    compensation_laws::TWICE,
    compensation_laws::REDO,
    compensation_laws::EARLY,
    compensation_laws::SAME_BATCH,
    heals::PROPERTY,
    deadline::PROPERTY,
    takeover::PROPERTY,
    retries::PROPERTY,
];

/// The invariants that are fed by the checker. The probes, durability, the compensation laws and the bounds on time have no
/// entry here, because the checker judges them itself.
pub(crate) fn invariants() -> Vec<Box<dyn Invariant>> {
    vec![
        Box::new(barrier_moves::BarrierMoves),
        Box::new(completed::Completed),
        Box::new(compensated::Compensated),
        Box::new(epochs::Epochs::default()),
        Box::new(convergence::EverySagaEnds),
        Box::new(keys::OneReplyPerKey),
    ]
}
