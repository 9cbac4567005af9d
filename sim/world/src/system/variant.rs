//! What one run tests: the product, or the product with one planted bug.

use std::time::Duration;

use likewise_saga::store::Synchronous;

use super::SystemParts;
use crate::{
    World,
    plan::PlannedFault,
    planted::{Change, Timeout},
};

/// What a run tests. A planted bug differs from the product in one thing.
pub struct SystemUnderTest {
    /// The parts that the services are made of.
    pub parts: Box<dyn SystemParts>,
    /// What it has in place of the product's.
    pub change: Change,
    /// Whether the services may begin with a prepared database: only if they open it with the product's options and
    /// keep its schema.
    pub takes_prepared_databases: bool,
}

/// What a run asks of its system.
impl World {
    /// The `synchronous` pragma of the system's SQLite files, if it is not what the product chooses.
    pub(crate) fn synchronous(&self) -> Option<Synchronous> {
        self.variant().change.synchronous()
    }

    /// Whether the system has this time-out.
    pub(crate) fn has_timeout(&self, timeout: Timeout) -> bool {
        self.variant().change.has_timeout(timeout)
    }

    /// Whether the system's coordinators watch what they depend on.
    pub(crate) fn watches(&self) -> bool {
        self.variant().change.watches()
    }

    /// Whether the system accepts connections over its limit, into a small reserve.
    pub(crate) fn accepts_over_the_limit(&self) -> bool {
        self.variant().change.accepts_over_the_limit()
    }

    /// The time-out of a statement, if the plan has a fault that may keep one waiting.
    ///
    /// SQLite cannot hang, and a paused process must not give up what it waits for. So in other plans there is none.
    pub(crate) fn statement_timeout(&self) -> Option<Duration> {
        let may_hang = |planned: &PlannedFault| planned.fault.may_hang_statements();
        let is_needed = self.plan().faults.iter().any(may_hang);
        (is_needed && self.has_timeout(Timeout::Statement))
            .then(|| self.plan().timing.statement_timeout())
    }
}
