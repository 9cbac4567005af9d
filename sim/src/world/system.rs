//! The system under test: its services, and the parts that planted bugs replace.

use std::time::Duration;

use likewise::service::Parts;
use likewise_saga::store::{Schema, Synchronous};

use super::{
    check::CheckedSystem,
    plan::{Host, MessageKind, Name},
};

/// A system whose services run in a world.
pub trait System: CheckedSystem {
    /// Its name.
    fn name(&self) -> &'static str;

    /// Its services, in the order in which they start.
    fn services(&self) -> &'static [ServiceSpec];

    /// What its messages ask for, besides steps.
    fn own_message_kinds(&self) -> &'static [MessageKind];
}

impl<'s> dyn System + 's {
    /// What messages ask for.
    #[must_use]
    pub fn message_kinds(&self) -> Vec<MessageKind> {
        let own = self.own_message_kinds().iter().copied();
        own.chain(MessageKind::OF_ANY_SYSTEM).collect()
    }

    /// The service of this name.
    #[must_use]
    pub fn service(&self, name: Name) -> Option<&'static ServiceSpec> {
        self.services().iter().find(|service| service.name == name)
    }

    /// The first host of each service.
    #[must_use]
    pub fn hosts(&self) -> Vec<Host> {
        let services = self.services().iter();
        services
            .map(|service| Host::first_of(service.name))
            .collect()
    }

    /// The first host of each service that executes steps.
    #[must_use]
    pub fn participants(&self) -> Vec<Host> {
        let hosts = self.hosts().into_iter();
        hosts.filter(|host| !host.is_coordinator()).collect()
    }
}

/// One service of a system. Its replicas share one database.
pub struct ServiceSpec {
    /// Its name, which is also the name of its first host and of its database.
    pub name: Name,
    /// The most processes that it can have.
    pub replicas_max: u8,
    /// Its database.
    pub schema: Schema,
    /// The tables whose changes the checks see.
    pub tables: &'static [&'static str],
}

use super::{handle::World, plan::PlannedFault};

/// What a run tests. A planted bug differs from the product in one of these.
pub struct SystemUnderTest {
    /// The parts that the services are made of.
    pub parts: Parts,
    /// The `synchronous` pragma of the SQLite files. `None` is what the product chooses.
    pub synchronous: Option<Synchronous>,
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
    /// The short pauses after the first failures. Without them every pause is the longest.
    ShortPauses,
}

/// What a run asks of its system.
impl World {
    /// The `synchronous` pragma of the system's SQLite files, if it is not what the product chooses.
    pub(super) fn synchronous(&self) -> Option<Synchronous> {
        self.variant().synchronous
    }

    /// Whether the system has this time-out.
    pub(super) fn has_timeout(&self, timeout: Timeout) -> bool {
        self.variant().lacks != Some(timeout)
    }

    /// Whether the system's coordinators watch what they depend on.
    pub(super) fn watches(&self) -> bool {
        self.variant().watches
    }

    /// Whether the system accepts connections over its limit, into a small reserve.
    pub(super) fn accepts_over_the_limit(&self) -> bool {
        self.variant().accepts_over_the_limit
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
