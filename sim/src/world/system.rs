//! The system under test: the product, or the product with one part replaced.

use std::time::Duration;

use likewise::service::Parts;
use likewise_saga::store::Synchronous;

use super::{handle::World, plan::PlannedFault};

/// What a run tests. A planted bug differs from the product in one of these.
pub struct SystemUnderTest {
    /// The parts that the services are made of.
    pub parts: Parts,
    /// The `synchronous` pragma of the SQLite files.
    pub synchronous: Synchronous,
    /// The time-out that the system lacks. `None` for the product.
    pub lacks: Option<Timeout>,
    /// Whether the coordinators watch what they depend on, if the plan has a prober.
    pub watches: bool,
    /// Whether the server accepts connections over its limit, into a small reserve.
    pub accepts_over_the_limit: bool,
    /// Whether the services may begin with a prepared database: only if they open it with the product's options and
    /// keep its schema.
    pub takes_prepared_databases: bool,
}

/// A time-out of the product that a planted bug can lack.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Timeout {
    /// Of a statement that the database does not answer.
    Statement,
    /// Of an attempt at a request that a participant does not answer.
    Step,
    /// Of the answer to a client.
    Answer,
}

/// What a run asks of its system.
impl World {
    /// The `synchronous` pragma of the system's SQLite files.
    pub(super) fn synchronous(&self) -> Synchronous {
        self.system().synchronous
    }

    /// Whether the system has this time-out.
    pub(super) fn has_timeout(&self, timeout: Timeout) -> bool {
        self.system().lacks != Some(timeout)
    }

    /// Whether the system's coordinators watch what they depend on.
    pub(super) fn watches(&self) -> bool {
        self.system().watches
    }

    /// Whether the system accepts connections over its limit, into a small reserve.
    pub(super) fn accepts_over_the_limit(&self) -> bool {
        self.system().accepts_over_the_limit
    }

    /// The time-out of a statement, if the plan has a fault that may keep one waiting.
    ///
    /// SQLite cannot hang, and a paused process must not give up what it waits for. So in other plans there is none.
    pub(super) fn statement_timeout(&self) -> Option<Duration> {
        let may_hang = |planned: &PlannedFault| planned.fault.may_hang_statements();
        let is_needed = self.plan().faults.iter().any(may_hang);
        (is_needed && self.has_timeout(Timeout::Statement))
            .then(|| self.plan().timing.statement_timeout())
    }
}
