//! What a system's services are made of: the product's parts, or those of a planted bug.

use futures::future::BoxFuture;
use likewise_saga::{
    batcher::BatchLimits,
    coordinator::CoordinatorConfig,
    env::Env,
    participant::{Barrier, Effect},
    service::Service,
    store::{DatabaseUrl, OpenError, PoolConfig},
};

use crate::plan::Name;

/// The parts of a system's services.
pub trait SystemParts: Send + Sync {
    /// Opens a service, as its real process does.
    ///
    /// # Errors
    /// [`OpenError`]: the database cannot be used, or the saga log cannot be taken over.
    fn open(&self, process: ProcessStart) -> BoxFuture<'_, Result<Service, OpenError>>;

    /// The barrier of the participants.
    fn barrier(&self) -> &dyn Barrier;

    /// The actions and compensations of a service. `None` if it executes no steps.
    fn effect(&self, service: Name) -> Option<&dyn Effect>;
}

/// A process that starts.
pub struct ProcessStart {
    /// Its service.
    pub service: Name,
    /// Its database.
    pub database: DatabaseUrl,
    /// The pool of connections to it.
    pub pool: PoolConfig,
    /// Its environment.
    pub env: Env,
    /// The configuration of a coordinator. Other services do not use it.
    pub coordinator: CoordinatorConfig,
    /// The limits of a participant's batches and queues.
    pub batches: BatchLimits,
}
