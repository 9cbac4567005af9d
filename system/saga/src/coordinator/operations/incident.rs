//! A saga as a file: everything that a search needs to find a run that ends in the same state.
//!
//! ```text
//!  GET /admin/v1/sagas/{id}?export ──► incident.json ──► cargo chaos reproduce incident.json
//! ```
//!
//! The file leaves the process, so it has no secret, no key of a client, and of the users' data only the arguments of the saga. The
//! results of steps are left out: a search compares states, and the codes of refusals.
//!
//! `sim/search/src/incident/file.rs` reads what is written here, and its types have the schema. A field that changes its meaning,
//! or is missing, needs a new version.

use std::time::Duration;

use axum::{
    http::header,
    response::{IntoResponse, Response},
};
use serde::Serialize;
use serde_json::Value;

use super::{
    cause::Cause,
    inspection::{Inspected, Inspection},
    steps::StepComparison,
    summary::Summary,
};
use crate::{
    coordinator::{CoordinatorConfig, instance::Coordinator, retention::Keep},
    http::{Problem, problem_type},
    id::{Epoch, SagaId, StepIndex},
    log::{AuditEntry, AuditFilter, Direction, StepRecord},
    participant::{BarrierRow, RowState},
    protocol::{Document, Outcome, Status, StepState, Verdict},
    store::StoreError,
    time::Timestamp,
};

/// The version of the format.
const INCIDENT_VERSION: u32 = 1;
/// The most entries of the audit that a file has: the newest ones. A saga has a handful.
const AUDIT_MAX: u32 = 200;

/// A saga as a file.
#[derive(Debug, Serialize)]
pub(super) struct Incident {
    r#type: &'static str,
    version: u32,
    exported_at: Timestamp,
    /// The program that wrote it.
    program: &'static str,
    saga: LogRow,
    /// The epoch of the leader that was asked. Null from a standby, which knows only the log.
    leader_epoch: Option<Epoch>,
    open: Option<OpenSaga>,
    steps: Vec<Step>,
    verdict: Verdict,
    audit: Vec<Order>,
    /// Whether older entries of the audit are left out.
    audit_is_cut: bool,
    configuration: Configuration,
}

/// The row of the saga log.
#[derive(Debug, Serialize)]
struct LogRow {
    id: SagaId,
    kind: String,
    args: Document,
    subject: String,
    status: Status,
    parked: bool,
    epoch: Epoch,
    /// What the log stored about the steps at the last change of the status.
    steps: Option<Vec<Believed>>,
    outcome: Option<End>,
    created_at: Timestamp,
    updated_at: Timestamp,
    deadline_at: Timestamp,
}

/// What is known of a saga that has not ended, besides its row.
#[derive(Debug, Serialize)]
struct OpenSaga {
    cause: Option<Cause>,
    paused: bool,
    directive: Option<Direction>,
    attempts: u32,
    last_error: Option<String>,
    next_attempt_at: Option<Timestamp>,
}

/// How the saga ended, without the results.
#[derive(Debug, Serialize)]
#[serde(tag = "end", rename_all = "snake_case")]
enum End {
    Done,
    Refused {
        step: StepIndex,
        code: String,
    },
    TimedOut,
    #[serde(rename = "unneeded")]
    NoOp {
        code: String,
    },
}

/// A step with both truths.
#[derive(Debug, Serialize)]
struct Step {
    step: StepIndex,
    name: &'static str,
    service: &'static str,
    believed: Believed,
    barrier: Option<StoredRow>,
    barrier_error: Option<String>,
    verdict: Verdict,
}

/// What is known of a step, without its result.
#[derive(Debug, Serialize)]
struct Believed {
    state: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<String>,
    attempts: u32,
    undo_attempts: u32,
}

/// A barrier row, without the result of the step.
#[derive(Debug, Serialize)]
struct StoredRow {
    state: RowState,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<String>,
    fingerprint: Option<i64>,
    created_at: Option<Timestamp>,
    below_watermark: bool,
}

/// An entry of the audit, without the truth that it was based on: that has the results of steps.
#[derive(Debug, Serialize)]
struct Order {
    number: i64,
    at: Timestamp,
    epoch: i64,
    actor: String,
    action: String,
    reason: String,
    batch: Option<String>,
    before: Value,
    after: Value,
}

/// What of the coordinator's configuration decides how its sagas go.
#[derive(Debug, Serialize)]
struct Configuration {
    step_timeout_millis: u64,
    saga_deadline_millis: u64,
    answer_timeout_millis: u64,
    pause_min_millis: u64,
    pause_max_millis: u64,
    park_after: u32,
    open_sagas_max: usize,
    concurrency_max: usize,
    scan_interval_millis: u64,
    watch_interval_millis: Option<u64>,
    lease_millis: Option<u64>,
    retention: Option<Kept>,
}

/// What is kept of sagas that have ended: for a time, or so many of them.
#[derive(Debug, Serialize)]
struct Kept {
    sagas_millis: Option<u64>,
    sagas_max: Option<u64>,
    keys_millis: u64,
}

impl Coordinator {
    /// Everything that is known of a saga, as a file.
    ///
    /// # Errors
    /// The row of the saga, or the audit, cannot be read.
    pub(super) async fn export(&self, inspected: &Inspected) -> Result<Incident, Problem> {
        let Inspected::Readable(inspection) = inspected else {
            let detail = "The row of the saga cannot be read, so there is nothing to export. Repair the row first.";
            return Err(Problem::of(&problem_type::INVALID_DATA, detail));
        };
        let filter = AuditFilter {
            saga: Some(inspection.row.id),
            after: 0,
            limit: AUDIT_MAX,
            before: Some(i64::MAX),
        };
        let mut audit = match self.log.operations() {
            Some(log) => log.audit(&filter).await?,
            None => Vec::new(),
        };
        audit.reverse();
        Ok(Incident::of(
            inspection,
            audit,
            &self.config,
            self.env.clock.now(),
        ))
    }
}

impl Incident {
    fn of(
        inspection: &Inspection,
        audit: Vec<AuditEntry>,
        config: &CoordinatorConfig,
        now: Timestamp,
    ) -> Self {
        let summary = Summary::of_inspection(inspection, now);
        let is_open = inspection.row.status.is_open();
        Self {
            r#type: "incident",
            version: INCIDENT_VERSION,
            exported_at: now,
            program: concat!("likewise-saga ", env!("CARGO_PKG_VERSION")),
            saga: LogRow::of(inspection, summary.parked),
            leader_epoch: inspection.epoch,
            open: is_open.then(|| OpenSaga::of(summary)),
            steps: inspection.steps.iter().map(Step::of).collect(),
            verdict: inspection.verdict(),
            audit_is_cut: audit
                .first()
                .is_some_and(|_| audit.len() == AUDIT_MAX as usize),
            audit: audit.into_iter().map(Order::of).collect(),
            configuration: Configuration::of(config),
        }
    }
}

/// People read and compare the file, so it has lines.
impl IntoResponse for Incident {
    fn into_response(self) -> Response {
        let name = format!("attachment; filename=\"incident-{}.json\"", self.saga.id);
        let text = match serde_json::to_string_pretty(&self) {
            Ok(text) => text,
            Err(error) => return Problem::from(StoreError::from(error)).into_response(),
        };
        let headers = [
            (header::CONTENT_TYPE, "application/json".to_owned()),
            (header::CONTENT_DISPOSITION, name),
        ];
        (headers, format!("{text}\n")).into_response()
    }
}

impl LogRow {
    /// The row. A mark for a person that is still on its way to the log counts as there.
    fn of(inspection: &Inspection, parked: bool) -> Self {
        let row = &inspection.row;
        let steps = row.steps.as_ref();
        Self {
            id: row.id,
            kind: row.kind.clone(),
            args: row.args.clone(),
            subject: row.lock_key.clone(),
            status: row.status,
            parked,
            epoch: row.epoch,
            steps: steps.map(|steps| steps.iter().map(Believed::of).collect()),
            outcome: row.outcome.as_ref().map(End::of),
            created_at: row.created_at,
            updated_at: row.updated_at,
            deadline_at: row.deadline_at,
        }
    }
}

impl OpenSaga {
    fn of(summary: Summary) -> Self {
        Self {
            cause: summary.cause,
            paused: summary.paused,
            directive: summary.directive,
            attempts: summary.attempts,
            last_error: summary.last_error,
            next_attempt_at: summary.next_attempt_at,
        }
    }
}

impl End {
    fn of(outcome: &Outcome) -> Self {
        match outcome {
            Outcome::Done { .. } => Self::Done,
            Outcome::Refused { step, code } => Self::Refused {
                step: *step,
                code: code.clone(),
            },
            Outcome::TimedOut => Self::TimedOut,
            Outcome::NoOp { code, .. } => Self::NoOp { code: code.clone() },
        }
    }
}

impl Step {
    fn of(truth: &StepComparison) -> Self {
        Self {
            step: truth.step,
            name: truth.name,
            service: truth.service,
            believed: Believed::of(&truth.believed),
            barrier: truth.barrier.as_ref().map(StoredRow::of),
            barrier_error: truth.barrier_error.clone(),
            verdict: truth.verdict,
        }
    }
}

impl Believed {
    fn of(record: &StepRecord) -> Self {
        let code = match &record.state {
            StepState::Refused { code } => Some(code.clone()),
            _ => None,
        };
        Self {
            state: record.state.name(),
            code,
            attempts: record.attempts,
            undo_attempts: record.undo_attempts,
        }
    }
}

impl StoredRow {
    fn of(row: &BarrierRow) -> Self {
        let code = row.result.as_ref();
        Self {
            state: row.state,
            code: code.filter(|_| row.state == RowState::Refused).cloned(),
            fingerprint: row.fingerprint,
            created_at: row.created_at,
            below_watermark: row.below_watermark,
        }
    }
}

impl Order {
    fn of(entry: AuditEntry) -> Self {
        Self {
            number: entry.number,
            at: entry.at,
            epoch: entry.epoch,
            actor: entry.actor,
            action: entry.action,
            reason: entry.reason,
            batch: entry.batch,
            before: entry.before,
            after: entry.after,
        }
    }
}

impl Configuration {
    fn of(config: &CoordinatorConfig) -> Self {
        let executor = &config.executor;
        Self {
            step_timeout_millis: millis(config.step_timeout),
            saga_deadline_millis: millis(config.saga_deadline),
            answer_timeout_millis: millis(config.answer_timeout),
            pause_min_millis: millis(executor.pause_min),
            pause_max_millis: millis(executor.pause_max),
            park_after: executor.park_after,
            open_sagas_max: executor.sagas_open_max,
            concurrency_max: config.concurrency_max,
            scan_interval_millis: millis(config.recovery.scan_interval),
            watch_interval_millis: config.watch_interval.map(millis),
            lease_millis: config.lease.as_ref().map(|lease| millis(lease.duration)),
            retention: config.retention.map(|retention| Kept {
                sagas_millis: match retention.sagas {
                    Keep::For(time) => Some(millis(time)),
                    Keep::Last(_) => None,
                },
                sagas_max: match retention.sagas {
                    Keep::For(_) => None,
                    Keep::Last(sagas) => Some(sagas),
                },
                keys_millis: millis(retention.keys),
            }),
        }
    }
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
