//! The parts of the services that a test may replace.

use std::sync::Arc;

use likewise_saga::{
    executor::{self, StartTask},
    lease::{LogLease, SqlLogLease},
    log::{SagaLog, SqlSagaLog},
    participant::{Barrier, Effect, SqlBarrier},
    protocol::{Rules, SagaRules},
    store::Database,
};

use crate::{article::ArticleEffect, coordinator::LikeRequest, user::UserEffect};

/// The parts on whose correctness everything depends.
///
/// The defaults are the product. The simulator replaces one part by a deliberately wrong one, to test that
/// its own checks find the mistake.
#[derive(Clone)]
pub struct Parts {
    /// The rules of a saga.
    pub rules: Arc<dyn Rules>,
    /// The barrier of both participants.
    pub barrier: Arc<dyn Barrier>,
    /// The actions and compensations of the article service.
    pub article: Arc<dyn Effect>,
    /// The actions and compensations of the user service.
    pub user: Arc<dyn Effect>,
    /// Makes the saga log over the coordinator's database.
    pub log: fn(Database) -> Arc<dyn SagaLog>,
    /// Makes the lease of the saga log over the coordinator's database.
    pub log_lease: fn(Database) -> Arc<dyn LogLease>,
    /// The key that a saga for this request locks while it is open.
    pub lock_key: fn(&LikeRequest) -> String,
    /// Starts the task of a saga. The task must outlive the request.
    pub start_task: StartTask,
}

impl Default for Parts {
    fn default() -> Self {
        Self {
            rules: Arc::new(SagaRules),
            barrier: Arc::new(SqlBarrier),
            article: Arc::new(ArticleEffect),
            user: Arc::new(UserEffect),
            log: |database| Arc::new(SqlSagaLog::new(database)),
            log_lease: |database| Arc::new(SqlLogLease::new(database)),
            lock_key: LikeRequest::pair,
            start_task: executor::detached,
        }
    }
}
