//! The public view of a saga: a transaction with one entry per action and per compensation.

use serde::Serialize;

use crate::{
    executor::SagaProgress,
    id::{SagaId, StepIndex},
    log::{SagaRow, StepRecord},
    protocol::{Definition, Outcome, Status, StepState},
    time::Timestamp,
};

/// The status of a transaction or of one of its entries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Progress {
    Pending,
    Done,
    Failed,
}

/// The type of an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum ActionType {
    /// The action of a step.
    Main,
    /// The compensation of a step.
    Compensation,
}

/// One saga.
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
    pub(super) steps: Vec<Entry>,
}

/// One action or compensation in one service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Entry {
    transaction_id: SagaId,
    step: StepIndex,
    service_name: &'static str,
    action_type: ActionType,
    status: Progress,
    attempts: u32,
    created_at: Timestamp,
}

impl Transaction {
    /// The view of a row with these steps. `progress` is newer than the row and is used while the row is
    /// open.
    pub(super) fn of(
        row: SagaRow,
        definition: &Definition,
        progress: Option<SagaProgress>,
    ) -> Self {
        let progress = progress.filter(|_| row.status.is_open());
        let entries = Entries::of_row(&row);
        let parked = progress
            .as_ref()
            .map_or(row.parked, |progress| progress.parked);
        let records = progress.map(|progress| progress.steps).or(row.steps);
        Self {
            id: row.id,
            status: progress_of(row.status),
            saga_status: row.status,
            parked,
            created_at: row.created_at,
            updated_at: row.updated_at,
            deadline_at: row.deadline_at,
            steps: entries.of(definition, records),
            outcome: row.outcome,
            kind: row.kind,
        }
    }
}

/// The public status of a saga.
pub(super) fn progress_of(status: Status) -> Progress {
    match status {
        Status::Running | Status::Compensating => Progress::Pending,
        Status::Completed => Progress::Done,
        Status::Compensated => Progress::Failed,
    }
}

/// What the entries of one saga have in common.
#[derive(Debug, Clone, Copy)]
pub(super) struct Entries {
    saga: SagaId,
    status: Status,
    created_at: Timestamp,
    pub(super) updated_at: Timestamp,
}

impl Entries {
    pub(super) fn of_row(row: &SagaRow) -> Self {
        Self {
            saga: row.id,
            status: row.status,
            created_at: row.created_at,
            updated_at: row.updated_at,
        }
    }

    /// The entries of a saga that is driven here, as they are now.
    pub(super) fn of_progress(
        self,
        definition: &Definition,
        progress: &SagaProgress,
    ) -> Vec<Entry> {
        let now = Self {
            status: progress.status,
            ..self
        };
        now.of(definition, Some(progress.steps.clone()))
    }

    /// The entries of a saga. Without records, no step was sent yet.
    fn of(&self, definition: &Definition, records: Option<Vec<StepRecord>>) -> Vec<Entry> {
        let steps = definition.steps();
        let records =
            records.unwrap_or_else(|| vec![StepRecord::new(StepState::Untouched); steps.len()]);
        let mut entries = Vec::new();
        for (step, (definition, record)) in steps.iter().zip(&records).enumerate() {
            let entry = |action_type, status, attempts, created_at| Entry {
                transaction_id: self.saga,
                step,
                service_name: definition.service,
                action_type,
                status,
                attempts,
                created_at,
            };
            let action = action_progress(&record.state, self.status);
            entries.push(entry(
                ActionType::Main,
                action,
                record.attempts,
                self.created_at,
            ));
            if let Some(compensation) = compensation_progress(&record.state, self.status) {
                entries.push(entry(
                    ActionType::Compensation,
                    compensation,
                    record.undo_attempts,
                    self.updated_at,
                ));
            }
        }
        entries
    }
}

/// The status of a step's action. A step that was never settled counts as failed once the saga is
/// compensated.
fn action_progress(state: &StepState, saga: Status) -> Progress {
    match state {
        StepState::Done { .. } | StepState::Undone => Progress::Done,
        StepState::Refused { .. } | StepState::Dead => Progress::Failed,
        StepState::Untouched | StepState::Unknown if saga == Status::Compensated => {
            Progress::Failed
        }
        StepState::Untouched | StepState::Unknown => Progress::Pending,
    }
}

/// The status of a step's compensation; `None` if the step needs none, or not yet.
fn compensation_progress(state: &StepState, saga: Status) -> Option<Progress> {
    match (state, saga) {
        (StepState::Undone, _) => Some(Progress::Done),
        (StepState::Done { .. } | StepState::Unknown, Status::Compensating) => {
            Some(Progress::Pending)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use ActionType::{Compensation, Main};
    use Progress::{Done, Failed, Pending};

    use super::*;
    use crate::protocol::{Document, StepDefinition};

    fn entries(states: [StepState; 2], status: Status) -> Vec<(StepIndex, ActionType, Progress)> {
        let step = |name| StepDefinition::new(name, "accounts", Document::default());
        let definition = Definition::builder()
            .step(step("debit"))
            .step(step("credit"));
        let records = states.map(StepRecord::new).to_vec();
        let now = Timestamp(0);
        let entries = Entries {
            saga: SagaId(uuid::Uuid::nil()),
            status,
            created_at: now,
            updated_at: now,
        };
        let entries = entries.of(&definition.build().unwrap(), Some(records));
        let entry = |entry: &Entry| (entry.step, entry.action_type, entry.status);
        entries.iter().map(entry).collect()
    }

    #[test]
    fn every_step_state_has_its_entries() {
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
            assert_eq!(entries(states, status), expected, "{status:?}");
        }
    }
}
