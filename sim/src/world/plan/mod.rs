//! The plan: everything that determines a run. The seed only *generates* a plan; a run consumes
//! the plan and nothing else, so a plan can be edited, cut down and kept.
//!
//! ```text
//!  seed ──► generate ──► Plan (JSON) ──► run ──► RunRecord
//! ```
//!
//! Workload, faults and the world's own noise (latencies, identities) come from separate random
//! streams: one fault can be deleted without disturbing the rest.

mod diagnostic;
mod fault;
mod file;
mod generate;
mod host;
mod injection_point;
mod limits;
mod message_kind;
mod mutate;
mod trigger;
mod validate;
mod workload;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use fault::{Family, Fault, FaultKind, PlannedFault};
pub use file::{PlanError, read, write};
pub use generate::{generate, generate_fixed, single};
pub use host::{Host, Service, Topology};
pub use injection_point::{CommitPoint, InjectionPoint, MessagePoint, Side};
pub use limits::Limits;
pub use message_kind::MessageKind;
pub use mutate::mutate;
pub use trigger::Trigger;
pub use validate::{Problem, problem};
pub use workload::{Action, Operation};

/// The version of the plan's format; a plan of another version is refused.
pub const PLAN_VERSION: u32 = 2;

/// Everything that determines a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// [`PLAN_VERSION`].
    pub version: u32,
    /// What this plan is, in a few words.
    pub name: String,
    /// The seed it was generated from, if any: for people; the run does not read it.
    pub seed: Option<u64>,
    /// Seeds the world's own noise: latencies, identities, jitter.
    pub noise: u64,
    /// The system under test: the product, or the planted bug of this name.
    pub system: String,
    /// How many processes each service has.
    #[serde(default)]
    pub topology: Topology,
    /// How many articles there are; the first is the hot one.
    pub articles: u32,
    /// Users whom the user service refuses: their likes must be compensated.
    pub blocked_users: Vec<i64>,
    /// How the system is configured and how the run is bounded.
    pub timing: Timing,
    /// How much the coordinator bears.
    #[serde(default)]
    pub limits: Limits,
    /// What the users do.
    pub workload: Vec<Operation>,
    /// What goes wrong.
    pub faults: Vec<PlannedFault>,
}

/// How the system is configured and how the run is bounded; all simulated milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Timing {
    /// How far the world moves at once.
    pub tick_millis: u64,
    /// The longest a packet takes; the shortest is one tick.
    pub latency_max_millis: u64,
    /// How long one attempt at one step may take.
    pub step_timeout_millis: u64,
    /// How long a saga goes forward before it doubts.
    pub saga_deadline_millis: u64,
    /// How often the coordinator scans for hanging sagas.
    pub scan_every_millis: u64,
    /// When the faults heal at the latest, after the workload began.
    pub heal_after_millis: u64,
    /// How long everything may take to become right after the healing.
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

impl Plan {
    /// An empty plan over the product.
    #[must_use]
    pub fn new(name: &str) -> Self {
        Self {
            version: PLAN_VERSION,
            name: name.to_owned(),
            seed: None,
            noise: 1,
            system: PRODUCT.to_owned(),
            topology: Topology::default(),
            articles: 1,
            blocked_users: Vec::new(),
            timing: Timing::default(),
            limits: Limits::default(),
            workload: Vec::new(),
            faults: Vec::new(),
        }
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
