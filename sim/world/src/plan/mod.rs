//! The plan: everything that determines a run.
//!
//! The seed only *generates* a plan. A run reads the plan and nothing else, so a plan can be edited, shrunk and kept.
//!
//! ```text
//!  seed ──► generate ──► Plan (JSON) ──► run ──► RunRecord
//! ```
//!
//! Workload, faults and noise (latencies, ids, jitter) come from separate random streams. So one fault can be removed
//! without any change to the rest.

pub mod diagnostic;
mod fault;
mod fields;
mod file;
mod generate;
mod host;
mod injection_point;
mod limits;
mod message_kind;
mod mutate;
mod name;
mod receiver;
mod redraw;
mod retention;
mod topology;
mod trigger;
mod validate;
mod workload;

use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use fault::{Family, Fault, FaultKind, PlannedFault, SagaColumn};
pub use fields::{read_fields, unreadable_fields, valid_fields, write_fields};
pub use file::{PlanError, read, write};
pub use generate::{generate, generate_fixed};
pub use host::Host;
pub use injection_point::{CommitPoint, InjectionPoint, MessagePoint, SCAN, Side};
pub use limits::Limits;
pub use message_kind::MessageKind;
pub use mutate::mutate;
pub use name::Name;
pub use receiver::{Receiver, ReceiverAnswer};
pub use redraw::Redraw;
pub use retention::Retention;
pub use topology::{COORDINATORS_MAX, Topology};
pub use trigger::Trigger;
pub use validate::{Problem, problem};
pub use workload::{Fields, Operation};

/// The version of the format. A plan of another version is refused.
pub const PLAN_VERSION: u32 = 2;
/// How often a coordinator verifies what it cannot notice otherwise, in plans with a prober. The default of the product.
const WATCH_INTERVAL: Duration = Duration::from_secs(1);
/// The most operators of a plan.
pub const OPERATORS_MAX: u8 = 2;

/// Everything that determines a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Plan {
    /// [`PLAN_VERSION`].
    pub version: u32,
    /// A short description, for people.
    pub name: String,
    /// The seed it was generated from, if any. It is for people: a run does not read it.
    pub seed: Option<u64>,
    /// The seed of the noise: latencies, ids, jitter.
    pub noise: u64,
    /// The system under test: the product, or the planted bug of this name.
    pub system: String,
    /// How many processes each service has.
    #[serde(default)]
    pub topology: Topology,
    /// What the set-up makes before the workload. The system defines and validates the fields.
    #[serde(flatten)]
    pub set_up: Fields,
    /// The configuration of the system, and the bounds of the run.
    pub timing: Timing,
    /// The limits of the coordinator.
    #[serde(default)]
    pub limits: Limits,
    /// For how long the system keeps what has ended. Missing: for ever.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retention: Option<Retention>,
    /// From which event on the run is drawn anew. Missing: never.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub redraw_after: Option<Redraw>,
    /// Whether a prober asks the coordinators for their health and readiness, and sends an operation after each *ready*. The
    /// coordinators then watch what they depend on, as in production.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub probes_readiness: bool,
    /// Whether a reader asks the services, again and again, for what they hold.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub reads: bool,
    /// Whether a reader also asks for things that do not exist, if the system names any.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub reads_missing: bool,
    /// Whether a follower follows sagas over streams of events, which the faults cut.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub follows: bool,
    /// How many operators give orders about open sagas: they send them again, abort, complete, pause and resume them.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub operators: u8,
    /// The host that alerts are sent to, with what goes wrong there. Missing: alerts stay in the saga log.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub receiver: Option<Receiver>,
    /// The operations of the clients.
    pub workload: Vec<Operation>,
    /// The faults.
    pub faults: Vec<PlannedFault>,
}

/// The configuration of the system and the bounds of the run, all in simulated milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Timing {
    /// The length of one simulation step.
    pub tick_millis: u64,
    /// The longest latency of a packet. The shortest is one tick.
    pub latency_max_millis: u64,
    /// The time-out of one attempt at a step.
    pub step_timeout_millis: u64,
    /// How long a saga goes forward before it is in doubt.
    pub saga_deadline_millis: u64,
    /// How often the coordinator scans for hanging sagas.
    pub scan_every_millis: u64,
    /// When all faults end at the latest, after the workload began.
    pub heal_after_millis: u64,
    /// How long every saga may take to end after the faults have ended.
    pub converge_within_millis: u64,
}

impl Default for Timing {
    fn default() -> Self {
        Self {
            tick_millis: 5,
            latency_max_millis: 20,
            step_timeout_millis: 400,
            saga_deadline_millis: 3_000,
            scan_every_millis: 10_000,
            heal_after_millis: 60_000,
            converge_within_millis: 120_000,
        }
    }
}

impl Timing {
    /// How long a service waits for an answer of its database: for two attempts at a step.
    #[must_use]
    pub fn statement_timeout(&self) -> Duration {
        Duration::from_millis(self.step_timeout_millis) * 2
    }

    /// The time limit of the coordinator for the answer to a client: for two deadlines of a saga.
    #[must_use]
    pub fn answer_timeout(&self) -> Duration {
        Duration::from_millis(self.saga_deadline_millis) * 2
    }
}

impl Plan {
    /// An empty plan for the product.
    #[must_use]
    pub fn new(name: &str) -> Self {
        Self {
            version: PLAN_VERSION,
            name: name.to_owned(),
            seed: None,
            noise: 1,
            system: PRODUCT.to_owned(),
            topology: Topology::default(),
            set_up: Fields::new(),
            timing: Timing::default(),
            limits: Limits::default(),
            retention: None,
            redraw_after: None,
            probes_readiness: false,
            reads: false,
            reads_missing: false,
            follows: false,
            operators: 0,
            receiver: None,
            workload: Vec::new(),
            faults: Vec::new(),
        }
    }

    /// How often a coordinator verifies what it cannot notice otherwise. `None` if it does not: a watch adds requests and
    /// reads to every run.
    #[must_use]
    pub fn watch_interval(&self) -> Option<Duration> {
        let watches = self.probes_readiness || self.second_coordinator().is_some();
        watches.then_some(WATCH_INTERVAL)
    }

    /// The host on which an operator starts one more coordinator during the run. `None` if nobody does.
    #[must_use]
    pub fn second_coordinator(&self) -> Option<Host> {
        let starts = |planned: &PlannedFault| matches!(planned.fault, Fault::SecondProcess { .. });
        let host = self.topology.second_coordinator();
        host.filter(|_| self.faults.iter().any(starts))
    }

    /// Whether several processes of a service may use its database, as with a database server.
    #[must_use]
    pub fn is_shared(&self, service: Name) -> bool {
        let has_second = service == Name::COORDINATOR && self.second_coordinator().is_some();
        has_second || self.topology.is_shared(service)
    }

    /// The same plan, with a prober.
    #[must_use]
    pub fn with_prober(mut self) -> Self {
        self.probes_readiness = true;
        self
    }

    /// The same plan, with a reader.
    #[must_use]
    pub fn with_reader(mut self) -> Self {
        self.reads = true;
        self
    }

    /// The same plan, with a follower.
    #[must_use]
    pub fn with_follower(mut self) -> Self {
        self.follows = true;
        self
    }

    /// The same plan, with so many operators.
    #[must_use]
    pub fn with_operators(mut self, operators: u8) -> Self {
        self.operators = operators;
        self
    }

    /// The same plan, with a receiver of alerts that does this with the first messages.
    #[must_use]
    pub fn with_receiver(mut self, answers: impl Into<Vec<ReceiverAnswer>>) -> Self {
        let answers = answers.into();
        self.receiver = Some(Receiver { answers });
        self
    }

    /// The same plan, with a reader that asks for things that do not exist.
    #[must_use]
    pub fn with_reader_of_missing(mut self) -> Self {
        self.reads_missing = true;
        self
    }

    /// The same plan, in which the system keeps what has ended for these times.
    #[must_use]
    pub fn with_retention(mut self, sagas_millis: u64, keys_millis: u64) -> Self {
        self.retention = Some(Retention {
            sagas_millis,
            keys_millis,
        });
        self
    }

    /// The same plan, in which sagas must end within this time after the last fault. A saga that cannot end is found sooner.
    #[must_use]
    pub fn converging_within(mut self, millis: u64) -> Self {
        self.timing.converge_within_millis = millis;
        self
    }

    /// The same plan with one more fault.
    #[must_use]
    pub fn with_fault(mut self, trigger: impl Into<Trigger>, fault: Fault) -> Self {
        let trigger = trigger.into();
        self.faults.push(PlannedFault { trigger, fault });
        self
    }

    /// The same plan with one more operation.
    #[must_use]
    pub fn with_operation(mut self, operation: Operation) -> Self {
        self.workload.push(operation);
        self
    }
}

/// The name of the system that is not a planted bug.
pub const PRODUCT: &str = "likewise";

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde passes a reference"
)]
fn is_zero(number: &u8) -> bool {
    *number == 0
}
