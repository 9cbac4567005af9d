//! How long the server may take for a statement, and how long this process waits for its answer.

use std::time::Duration;

use crate::{
    bound::{Bound, within},
    store::{error::EngineError, pool_config::PoolConfig},
};

/// How much longer than the server this process waits. A server that can answer then reports its own time-out, which says
/// more, and the connection stays usable. Longer than an answer travels, and short enough for a step to be sent again
/// before its saga's deadline.
const ANSWER_MARGIN: Duration = Duration::from_millis(500);

/// The limits of a statement.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    /// How long the server executes a statement.
    pub(super) statement: Duration,
    /// How long a statement waits for a lock.
    pub(super) lock: Duration,
}

impl Limits {
    pub(super) fn of(config: PoolConfig) -> Self {
        Self {
            statement: config.statement_timeout,
            lock: config.lock_timeout,
        }
    }

    /// How long this process waits for the answer to one statement. It also limits a commit, which the server does not:
    /// PostgreSQL disarms its time-out before it commits.
    pub(super) fn answer_timeout(&self) -> Duration {
        self.statement + ANSWER_MARGIN
    }

    /// Waits for the answer to one statement.
    ///
    /// # Errors
    /// The server's, or [`EngineError::Overdue`]: then the connection must be closed.
    ///
    /// # Cancel safety
    /// Afterwards the connection must be closed.
    pub(super) async fn answer<T>(
        &self,
        statement: impl Future<Output = sqlx::Result<T>>,
    ) -> Result<T, EngineError> {
        let bound = Bound::new("the answer of the database", self.answer_timeout());
        Ok(within(bound, statement).await??)
    }
}
