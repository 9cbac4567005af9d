//! The file of an incident, as a coordinator exports it: `GET /admin/v1/sagas/{id}?export`.
//!
//! `system/saga/src/coordinator/operations/incident.rs` writes it. The types are declared twice, because the product needs no
//! schema and must not accept what it has written; a test sends a real export through this reader.

use likewise_barrier::BarrierState;
use likewise_saga::{protocol::Status, time::Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

/// The version of the format that this program reads.
pub const INCIDENT_VERSION: u32 = 1;

/// One saga, as its coordinator and its services showed it at one moment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Incident {
    /// Tells it from other documents.
    pub r#type: DocumentType,
    /// [`INCIDENT_VERSION`].
    pub version: u32,
    /// When it was exported, by the coordinator's clock.
    #[schemars(with = "String")]
    pub exported_at: Timestamp,
    /// The program that wrote it.
    pub program: String,
    /// The row of the saga log.
    pub saga: LogRow,
    /// The epoch of the leader that was asked. Null from a standby, which knows only the log.
    pub leader_epoch: Option<i64>,
    /// What is known of a saga that has not ended. Null after its end.
    pub open: Option<OpenSaga>,
    /// Both truths about each step.
    pub steps: Vec<Step>,
    /// The worst verdict of the steps.
    pub verdict: VerdictName,
    /// The orders about the saga, the oldest first.
    pub audit: Vec<Order>,
    /// Whether older orders are left out.
    pub audit_is_cut: bool,
    /// What of the coordinator's configuration decides how its sagas go.
    pub configuration: Configuration,
}

/// The type of the document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DocumentType {
    /// An incident.
    Incident,
}

/// The row of the saga log.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LogRow {
    /// The id.
    #[schemars(with = "String")]
    pub id: Uuid,
    /// The kind.
    pub kind: String,
    /// The arguments.
    pub args: Value,
    /// What it locks while it is open.
    pub subject: String,
    /// The status.
    pub status: StatusName,
    /// Whether it waits for a person.
    pub parked: bool,
    /// The epoch of the last write.
    pub epoch: i64,
    /// What the log stored about the steps at the last change of the status. Null before the first one.
    pub steps: Option<Vec<Believed>>,
    /// How it ended, without the results of steps. Null before its end.
    pub outcome: Option<End>,
    /// When it began.
    #[schemars(with = "String")]
    pub created_at: Timestamp,
    /// When the status last changed, or when it was parked.
    #[schemars(with = "String")]
    pub updated_at: Timestamp,
    /// Its deadline.
    #[schemars(with = "String")]
    pub deadline_at: Timestamp,
}

/// The status of a saga.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum StatusName {
    /// It goes forward, or is in doubt.
    Running,
    /// Every step is done.
    Completed,
    /// It is being undone.
    Compensating,
    /// It is undone.
    Compensated,
}

/// What is known of a saga that has not ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OpenSaga {
    /// Why it is open.
    pub cause: Option<Cause>,
    /// Whether it, its kind or one of its services is paused.
    pub paused: bool,
    /// The order about its direction that is in force.
    pub directive: Option<DirectionName>,
    /// Attempts at the request that is under way, that failed in a row.
    pub attempts: u32,
    /// Why the last one failed.
    pub last_error: Option<String>,
    /// When it is sent again.
    #[schemars(with = "Option<String>")]
    pub next_attempt_at: Option<Timestamp>,
}

/// Why a saga is open.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Cause {
    /// The kind of the cause, as filters name it.
    pub kind: String,
    /// The cause in words.
    pub text: String,
    /// The service that it waits for.
    pub service: Option<String>,
    /// The step that it waits for.
    pub step: Option<usize>,
    /// The operation of the request that is under way.
    pub op: Option<String>,
}

/// A direction that an operator orders.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DirectionName {
    /// To undo it.
    Abort,
    /// To complete it, whatever its deadline is.
    ForceComplete,
}

/// How a saga ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "end", rename_all = "snake_case")]
pub enum End {
    /// Every step is done.
    Done,
    /// A rule refused a step.
    Refused {
        /// The step.
        step: usize,
        /// The code of the rule.
        code: String,
    },
    /// The deadline passed, or an operator ordered to undo it.
    TimedOut,
    /// There was nothing to do. The log stores it as `unneeded`.
    #[serde(rename = "unneeded")]
    NoOp {
        /// The code of the check that found that.
        code: String,
    },
}

/// A step with both truths.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// The index of the step, from 0.
    pub step: usize,
    /// Its name.
    pub name: String,
    /// The service that executes it.
    pub service: String,
    /// What the leader believes, or the log, if no task drives the saga.
    pub believed: Believed,
    /// The barrier row. Null if the service has none, or was not read.
    pub barrier: Option<StoredRow>,
    /// Why the row was not read.
    pub barrier_error: Option<String>,
    /// How the two relate.
    pub verdict: VerdictName,
}

/// What is believed of a step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Believed {
    /// The state.
    pub state: Belief,
    /// The code of a refusal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// How often its action or its seal was sent.
    pub attempts: u32,
    /// How often its compensation was sent.
    pub undo_attempts: u32,
}

/// The state of a step, as it is believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Belief {
    /// This coordinator has not sent it.
    Untouched,
    /// It may have been sent.
    Unknown,
    /// Its effect is durable.
    Done,
    /// A rule refused it.
    Refused,
    /// It never ran and never will.
    Dead,
    /// It is compensated.
    Undone,
}

/// A barrier row, without the result of the step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StoredRow {
    /// The state.
    pub state: StoredState,
    /// The code of a refusal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// The fingerprint of the arguments. Null if the row is collected.
    pub fingerprint: Option<i64>,
    /// When the row was inserted, by the clock of the service. Null if the row is collected.
    #[schemars(with = "Option<String>")]
    pub created_at: Option<Timestamp>,
    /// Whether the saga is below the retention watermark of the service.
    pub below_watermark: bool,
}

/// The state of a barrier row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum StoredState {
    /// The effect is durable.
    Done,
    /// A rule refused the action.
    Refused,
    /// The effect was compensated.
    Undone,
    /// The action never ran and never will.
    Tombstone,
    /// The saga is below the watermark and has no row.
    Collected,
}

/// How a belief and a row relate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum VerdictName {
    /// Both say the same.
    Agree,
    /// A reply is missing, or the row was not read.
    InDoubt,
    /// The protocol excludes it.
    Contradiction,
}

/// An entry of the audit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Order {
    /// Its number.
    pub number: i64,
    /// When it was written.
    #[schemars(with = "String")]
    pub at: Timestamp,
    /// The epoch of the leader that wrote it.
    pub epoch: i64,
    /// Who ordered it.
    pub actor: String,
    /// What was ordered.
    pub action: String,
    /// Why.
    pub reason: String,
    /// The batch that it is part of.
    pub batch: Option<String>,
    /// What was in force before.
    pub before: Value,
    /// What was in force afterwards.
    pub after: Value,
}

/// The configuration of the coordinator.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Configuration {
    /// The time limit for one attempt at one request.
    pub step_timeout_millis: u64,
    /// How long a saga goes forward.
    pub saga_deadline_millis: u64,
    /// The time limit for the reply to a client.
    pub answer_timeout_millis: u64,
    /// The first pause between two attempts.
    pub pause_min_millis: u64,
    /// The longest one.
    pub pause_max_millis: u64,
    /// Failed attempts in a row after which a saga is parked.
    pub park_after: u32,
    /// The most sagas that may be open.
    pub open_sagas_max: u64,
    /// The most requests that are worked on at one time.
    pub concurrency_max: u64,
    /// How often the log is searched for open sagas.
    pub scan_interval_millis: u64,
    /// How often the coordinator looks at what it depends on. Null: never.
    pub watch_interval_millis: Option<u64>,
    /// The duration of its lease. Null: it is the only coordinator.
    pub lease_millis: Option<u64>,
    /// What is kept of sagas that have ended. Null: everything.
    pub retention: Option<Kept>,
}

/// What is kept of sagas that have ended: for a time, or so many of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Kept {
    /// For how long.
    pub sagas_millis: Option<u64>,
    /// How many.
    pub sagas_max: Option<u64>,
    /// For how long keys are kept.
    pub keys_millis: u64,
}

impl From<StatusName> for Status {
    fn from(name: StatusName) -> Self {
        match name {
            StatusName::Running => Self::Running,
            StatusName::Completed => Self::Completed,
            StatusName::Compensating => Self::Compensating,
            StatusName::Compensated => Self::Compensated,
        }
    }
}

impl From<BarrierState> for StoredState {
    fn from(state: BarrierState) -> Self {
        match state {
            BarrierState::Done => Self::Done,
            BarrierState::Refused => Self::Refused,
            BarrierState::Undone => Self::Undone,
            BarrierState::Tomb => Self::Tombstone,
        }
    }
}
