//! The list of the properties that any saga must keep.

use super::{
    Invariant, Property, alerts, algebra, answered, barrier_moves, compensated, compensation_laws,
    completed, convergence, damage, deadline, durable, epochs, heals, health, kept_for_time, keys,
    log_watermark, one_per_lock, orders_audited, orders_seen, paused, readiness, recovers,
    refused_before_deleted, retention_watermarks, retries, reuse, rising_ids, stale_steps,
    status_chain, takeover, told,
};

/// Every property of any saga, in the order in which reports show them.
pub const PROPERTIES: [Property; 39] = [
    barrier_moves::PROPERTY,
    completed::PROPERTY,
    compensated::PROPERTY,
    epochs::PROPERTY,
    status_chain::PROPERTY,
    one_per_lock::PROPERTY,
    log_watermark::PROPERTY,
    rising_ids::PROPERTY,
    retention_watermarks::PROPERTY,
    refused_before_deleted::PROPERTY,
    stale_steps::PROPERTY,
    kept_for_time::KEPT,
    kept_for_time::BOUNDED,
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
    told::PROPERTY,
    orders_audited::PROPERTY,
    orders_seen::PROPERTY,
    paused::PROPERTY,
    alerts::DELIVERED,
    alerts::TRUE,
    alerts::PAUSES,
];

/// The invariants that are fed by the checker. The probes, durability, the compensation laws, alerts and the bounds on time have
/// no entry here, because the checker judges them itself.
pub(crate) fn invariants() -> Vec<Box<dyn Invariant>> {
    let mut invariants: Vec<Box<dyn Invariant>> = vec![
        Box::new(barrier_moves::BarrierMoves),
        Box::new(completed::Completed),
        Box::new(compensated::Compensated),
        Box::new(epochs::Epochs::default()),
        Box::new(rising_ids::RisingIds::default()),
        Box::new(retention_watermarks::RetentionWatermarks),
        Box::new(refused_before_deleted::RefusedBeforeDeleted),
        Box::new(stale_steps::StaleSteps),
        Box::new(convergence::EverySagaEnds),
        Box::new(keys::OneReplyPerKey),
        Box::new(told::ToldByTheLog::default()),
        Box::new(orders_audited::OrdersAudited::default()),
        Box::new(orders_seen::OrdersSeen::default()),
    ];
    invariants.extend(of_the_log());
    invariants
}

/// The invariants of the rows of the saga log alone. They judge each commit, and what a coordinator finds when it starts.
pub(super) fn of_the_log() -> Vec<Box<dyn Invariant>> {
    vec![
        Box::new(status_chain::StatusChain),
        Box::new(one_per_lock::OnePerLock::default()),
        Box::new(log_watermark::LogWatermark::default()),
    ]
}
