//! The parts of the kit that a test may replace.

use std::sync::Arc;

use crate::{
    batcher::BatchLimits,
    coordinator::{self, OrderTag},
    executor::{self, StartTask},
    lease::{LogLease, SqlLogLease},
    log::{SagaLog, SqlSagaLog},
    participant::{Barrier, SqlBarrier, SqlWatermarkStore, WatermarkStore},
    protocol::{Rules, SagaRules},
    store::Database,
};

/// The parts of the kit on whose correctness every saga depends.
///
/// The defaults are what a product uses. The simulator replaces one part by a deliberately wrong one, to test that its
/// own checks find the mistake.
#[derive(Clone)]
pub struct KitParts {
    /// The rules of a saga.
    pub rules: Arc<dyn Rules>,
    /// The barrier of every participant.
    pub barrier: Arc<dyn Barrier>,
    /// The retention watermark of every participant, and the deletion below it.
    pub watermarks: Arc<dyn WatermarkStore>,
    /// Makes the saga log over the coordinator's database.
    pub log: fn(Database) -> Arc<dyn SagaLog>,
    /// Makes the lease of the saga log over the coordinator's database.
    pub log_lease: fn(Database) -> Arc<dyn LogLease>,
    /// Starts the task of a saga. The task must outlive the request.
    pub start_task: StartTask,
    /// Makes the tag of what an order of an operator is based on.
    pub order_tag: OrderTag,
    /// The limits of a participant's batches and queues. A coordinator's are in its configuration.
    pub batches: BatchLimits,
}

impl Default for KitParts {
    fn default() -> Self {
        Self {
            rules: Arc::new(SagaRules),
            barrier: Arc::new(SqlBarrier),
            watermarks: Arc::new(SqlWatermarkStore),
            log: |database| Arc::new(SqlSagaLog::new(database)),
            log_lease: |database| Arc::new(SqlLogLease::new(database)),
            start_task: executor::detached,
            order_tag: coordinator::order_tag,
            batches: BatchLimits::default(),
        }
    }
}
