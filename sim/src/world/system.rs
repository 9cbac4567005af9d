//! The system under test: its services, and the parts that planted bugs replace.

use std::time::Duration;

use bytes::Bytes;
use http::{Method, Request};
use likewise_saga::store::{Schema, Synchronous};
use rand_pcg::Pcg64Mcg;

use super::{
    check::CheckedSystem,
    plan::{Fields, Host, MessageKind, Name, Plan, Problem},
};

/// A system whose services run in a world.
pub trait System: CheckedSystem {
    /// Its name.
    fn name(&self) -> &'static str;

    /// Its services, in the order in which they start.
    fn services(&self) -> &'static [ServiceSpec];

    /// What its messages ask for, besides steps.
    fn own_message_kinds(&self) -> &'static [MessageKind];

    /// What a request without steps asks for. [`MessageKind::OTHER`] if it is none of its own kinds.
    fn message_kind(&self, to: Host, method: &Method, path: &str) -> MessageKind;

    /// Whether a request that has arrived at a coordinator is an operation of a client. It must be answered in time, and may
    /// start a saga.
    fn is_operation(&self, method: &Method, path: &str) -> bool;

    /// What a request does, if it is an operation of a client.
    fn operation_of(&self, request: &Request<Bytes>) -> Option<Fields>;

    /// Draws the set-up and the operations of a swarm plan, spread over this time.
    ///
    /// The order and number of draws is part of what a seed means: a change here changes the plan of every seed.
    fn draw_workload(&self, rng: &mut Pcg64Mcg, spread_millis: u64, plan: &mut Plan);

    /// The plans that an exhaustive search starts from: one saga each if possible, without faults.
    fn bases(&self) -> Vec<Plan>;

    /// The first problem of a plan's set-up, and of what its operations do: fields that are missing, unknown or impossible.
    fn problem(&self, plan: &Plan) -> Option<Problem>;

    /// How many requests the set-up of a plan sends, besides those for the readiness of each process.
    fn set_up_requests(&self, plan: &Plan) -> u32;

    /// Each operation of a plan in words, as a clause in the present tense: *customer 1 orders 3 pencils*.
    fn captions(&self, plan: &Plan) -> Vec<String>;

    /// The whole workload of a plan in words, as a clause. Reports say it if there are too many operations to name each.
    fn caption_of_workload(&self, plan: &Plan) -> String;

    /// The number of the client that performs an operation. A client performs its operations one after another.
    fn client(&self, what: &Fields) -> i64;

    /// The plan with a simpler set-up, each change alone.
    fn simpler_set_ups(&self, plan: &Plan) -> Vec<Plan>;

    /// The plan with one thing less in its set-up, and the change in words.
    fn smaller_set_ups(&self, plan: &Plan) -> Vec<(Plan, String)>;

    /// The simpler forms of what an operation does.
    fn simpler_operations(&self, what: &Fields) -> Vec<Fields>;
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
    /// A query for every row that a step may change, as one text. `None` if the service executes no steps.
    pub effect_rows: Option<&'static str>,
}

use super::{
    handle::World,
    parts::SystemParts,
    plan::PlannedFault,
    planted::{Change, Timeout},
};

/// What a run tests. A planted bug differs from the product in one of these.
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
    pub(super) fn synchronous(&self) -> Option<Synchronous> {
        self.variant().change.synchronous()
    }

    /// Whether the system has this time-out.
    pub(super) fn has_timeout(&self, timeout: Timeout) -> bool {
        self.variant().change.has_timeout(timeout)
    }

    /// Whether the system's coordinators watch what they depend on.
    pub(super) fn watches(&self) -> bool {
        self.variant().change.watches()
    }

    /// Whether the system accepts connections over its limit, into a small reserve.
    pub(super) fn accepts_over_the_limit(&self) -> bool {
        self.variant().change.accepts_over_the_limit()
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
