//! The transaction log: the public view of the saga log.

use std::sync::Arc;

use axum::{Json, extract::State};
use serde::Serialize;
use tokio::sync::watch;

use super::{Coordinator, define};
use likewise_saga::{
    executor::SagaProgress,
    http::{PageQuery, PathText, Problem},
    id::{SagaId, StepIndex},
    log::StepRecord,
    log::{SagaRow, StatusFilter},
    protocol::{Document, Outcome, Status, StepState},
    time::Timestamp,
};

/// How far a transaction, or one of its entries, is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Progress {
    Pending,
    Done,
    Failed,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum ActionType {
    Main,
    Compensation,
}

/// One transaction.
#[derive(Debug, Serialize)]
pub(super) struct Transaction {
    id: SagaId,
    kind: String,
    status: Progress,
    saga_status: Status,
    parked: bool,
    created_at: Timestamp,
    updated_at: Timestamp,
    deadline_at: Timestamp,
    outcome: Option<Outcome>,
    steps: Vec<Entry>,
}

/// One entry: an action or a compensation in one service.
#[derive(Debug, Serialize)]
struct Entry {
    transaction_id: SagaId,
    step: StepIndex,
    service_name: &'static str,
    action_type: ActionType,
    status: Progress,
    attempts: u32,
    created_at: Timestamp,
}

/// `GET /v1/transactions/{transaction_id}`
pub(super) async fn find(
    State(coordinator): State<Arc<Coordinator>>,
    PathText(id): PathText,
) -> Result<Json<Transaction>, Problem> {
    let id = saga_id("path", "transaction_id", &id)?;
    let row = coordinator.log.find(id).await?;
    let row = row.ok_or_else(|| Problem::transaction_not_found(id))?;
    Ok(Json(coordinator.show(coordinator.settled(row))))
}

#[derive(Debug, Serialize)]
pub(super) struct Transactions {
    items: Vec<Transaction>,
    next: Option<SagaId>,
}

/// `GET /v1/transactions?status=pending|done|failed&after=&limit=`
///
/// The log's own view, so that every saga is in exactly one list: one that has just ended moves
/// from the pending to the ended ones with its entry in the log, a few milliseconds later.
pub(super) async fn list(
    State(coordinator): State<Arc<Coordinator>>,
    page: PageQuery,
) -> Result<Json<Transactions>, Problem> {
    let filter = match page.status() {
        None => StatusFilter::All,
        Some("pending") => StatusFilter::Pending,
        Some("done") => StatusFilter::Done,
        Some("failed") => StatusFilter::Failed,
        Some(_) => {
            return Err(Problem::invalid(
                "query",
                "status",
                "must be pending, done or failed",
            ));
        }
    };
    let page = page.page(|after| saga_id("query", "after", after))?;
    let rows = coordinator.log.list(filter, page).await?;
    let next = rows
        .last()
        .filter(|_| rows.len() == page.limit as usize)
        .map(|row| row.id);
    let items = rows.into_iter().map(|row| coordinator.show(row)).collect();
    Ok(Json(Transactions { items, next }))
}

fn saga_id(place: &'static str, name: &str, text: &str) -> Result<SagaId, Problem> {
    text.parse()
        .map(SagaId)
        .map_err(|_| Problem::invalid(place, name, "must be a UUID"))
}

impl Coordinator {
    /// A row with its end, if the saga is settled and only its entry in the log is on its way.
    fn settled(&self, mut row: SagaRow) -> SagaRow {
        let Some(live) = self.live(row.id) else {
            return row;
        };
        let live = live.borrow();
        if row.status.is_open() && live.outcome.is_some() {
            row.status = live.status;
            row.outcome.clone_from(&live.outcome);
            row.steps = Some(live.steps.clone());
        }
        row
    }

    /// A saga that is driven here.
    fn live(&self, saga: SagaId) -> Option<watch::Receiver<SagaProgress>> {
        self.term()?.executor.registry().get(saga)
    }

    /// A row as clients see it; of a saga that is driven here, as it is now.
    fn show(&self, row: SagaRow) -> Transaction {
        let live = self.live(row.id).map(|live| live.borrow().clone());
        let live = live.filter(|_| row.status.is_open());
        let records = live.as_ref().map(|live| live.steps.clone()).or(row.steps);
        Transaction {
            id: row.id,
            status: progress(row.status),
            saga_status: row.status,
            parked: live.as_ref().map_or(row.parked, |live| live.parked),
            created_at: row.created_at,
            updated_at: row.updated_at,
            deadline_at: row.deadline_at,
            steps: entries(
                row.id,
                &row.kind,
                &row.args,
                row.status,
                records,
                row.created_at,
                row.updated_at,
            ),
            outcome: row.outcome,
            kind: row.kind,
        }
    }
}

fn progress(status: Status) -> Progress {
    match status {
        Status::Running | Status::Compensating => Progress::Pending,
        Status::Completed => Progress::Done,
        Status::Compensated => Progress::Failed,
    }
}

fn entries(
    id: SagaId,
    kind: &str,
    args: &Document,
    status: Status,
    records: Option<Vec<StepRecord>>,
    created_at: Timestamp,
    updated_at: Timestamp,
) -> Vec<Entry> {
    let steps = define(kind, args)
        .map(|definition| definition.steps)
        .unwrap_or_default();
    let records =
        records.unwrap_or_else(|| vec![StepRecord::new(StepState::Untouched); steps.len()]);
    let mut entries = Vec::new();
    for (step, (definition, record)) in steps.iter().zip(&records).enumerate() {
        let entry = |action_type, status, attempts, created_at| Entry {
            transaction_id: id,
            step,
            service_name: definition.service,
            action_type,
            status,
            attempts,
            created_at,
        };
        let main = match &record.state {
            StepState::Done { .. } | StepState::Undone => Progress::Done,
            StepState::Refused { .. } | StepState::Dead => Progress::Failed,
            StepState::Untouched | StepState::Unknown if status == Status::Compensated => {
                Progress::Failed
            }
            StepState::Untouched | StepState::Unknown => Progress::Pending,
        };
        entries.push(entry(ActionType::Main, main, record.attempts, created_at));
        let undo = match (&record.state, status) {
            (StepState::Undone, _) => Some(Progress::Done),
            (StepState::Done { .. } | StepState::Unknown, Status::Compensating) => {
                Some(Progress::Pending)
            }
            _ => None,
        };
        if let Some(undo) = undo {
            entries.push(entry(
                ActionType::Compensation,
                undo,
                record.undo_attempts,
                updated_at,
            ));
        }
    }
    entries
}

#[cfg(test)]
mod tests {
    use ActionType::{Compensation, Main};
    use Progress::{Done, Failed, Pending};

    use super::*;
    use crate::{
        coordinator::LikeSaga,
        id::{ArticleId, UserId},
    };

    fn shown(states: [StepState; 2], status: Status) -> Vec<(StepIndex, ActionType, Progress)> {
        let unlike = LikeSaga::Unlike {
            user_id: UserId(1),
            article_id: ArticleId(1),
        };
        let (kind, args) = unlike.stored();
        let records = states.map(StepRecord::new).to_vec();
        let now = Timestamp(0);
        let id = SagaId(uuid::Uuid::nil());
        let entries = entries(id, &kind, &args, status, Some(records), now, now);
        let entry = |entry: &Entry| (entry.step, entry.action_type, entry.status);
        entries.iter().map(entry).collect()
    }

    #[test]
    fn every_state_of_a_step_is_shown_as_what_became_of_it() {
        let done = || StepState::Done {
            result: Document::default(),
        };
        let refused = || StepState::Refused {
            code: "no".to_owned(),
        };
        let cases = [
            (
                [StepState::Unknown, StepState::Untouched],
                Status::Running,
                vec![(0, Main, Pending), (1, Main, Pending)],
            ),
            (
                [done(), refused()],
                Status::Compensating,
                vec![
                    (0, Main, Done),
                    (0, Compensation, Pending),
                    (1, Main, Failed),
                ],
            ),
            (
                [StepState::Unknown, StepState::Dead],
                Status::Compensating,
                vec![
                    (0, Main, Pending),
                    (0, Compensation, Pending),
                    (1, Main, Failed),
                ],
            ),
            (
                [StepState::Undone, refused()],
                Status::Compensated,
                vec![(0, Main, Done), (0, Compensation, Done), (1, Main, Failed)],
            ),
            (
                [refused(), StepState::Untouched],
                Status::Compensated,
                vec![(0, Main, Failed), (1, Main, Failed)],
            ),
        ];
        for (states, status, expected) in cases {
            assert_eq!(shown(states, status), expected, "{status:?}");
        }
    }
}
