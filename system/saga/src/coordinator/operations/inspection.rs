//! Everything that is known of one saga at one moment: its log row, its progress here, the orders in force, both truths.

use std::sync::Arc;

use super::{
    steps::{StepComparison, read_steps},
    tag::SeenSaga,
};
use crate::{
    coordinator::{instance::Coordinator, leadership::Term},
    executor::{Controls, SagaProgress},
    http::Problem,
    id::{Epoch, SagaId},
    log::{Direction, FoundSaga, PauseOf, SagaRow, StepRecord, StoredSaga, UnreadableSaga},
    protocol::{Definition, SagaState, Status, StepState, Verdict},
    time::Timestamp,
};

/// A saga whose row can be read.
pub(super) struct Inspection {
    pub(super) row: SagaRow,
    pub(super) definition: Definition,
    /// `None` if no task drives it here.
    pub(super) progress: Option<SagaProgress>,
    /// Whether it was undone under the order of an operator, and not because its deadline had passed.
    pub(super) was_aborted: bool,
    /// The order about its direction.
    pub(super) direction: Option<Direction>,
    /// Why nothing is sent of it. A pause of a service concerns only the steps there.
    pub(super) pause: Option<PauseOf>,
    /// Whether the saga itself is paused.
    pub(super) is_paused: bool,
    pub(super) steps: Vec<StepComparison>,
    /// The epoch of the leader that was asked. `None` on a standby.
    pub(super) epoch: Option<Epoch>,
    /// How many orders about it were given in this term.
    pub(super) given: u64,
}

/// A saga as it was found.
pub(super) enum Inspected {
    /// Its row can be read.
    Readable(Box<Inspection>),
    /// Its row cannot be read, or does not tell its steps.
    Unreadable(Box<UnreadableSaga>),
}

impl Inspection {
    /// What an order would be based on: the log row with its epoch, the epoch of the leader, the orders in force and their number,
    /// and every barrier row.
    pub(super) fn seen(&self) -> SeenSaga {
        let Self { row, epoch, .. } = self;
        let of_row = (
            row.id,
            row.status,
            row.parked,
            row.epoch,
            row.updated_at,
            epoch,
        );
        let orders = (self.direction, self.is_paused, &self.pause, self.given);
        let barrier = |step: &StepComparison| (step.barrier.clone(), step.barrier_error.is_some());
        let barrier: Vec<_> = self.steps.iter().map(barrier).collect();
        SeenSaga {
            row: format!("{of_row:?}"),
            orders: format!("{orders:?}"),
            barrier: format!("{barrier:?}"),
        }
    }

    /// The worst verdict of the steps.
    pub(super) fn verdict(&self) -> Verdict {
        let verdicts = self.steps.iter().map(|step| step.verdict);
        verdicts.max().unwrap_or(Verdict::Agree)
    }

    /// Why nothing is sent of a step now.
    pub(super) fn holds_back(&self, step: &StepComparison) -> bool {
        match &self.pause {
            Some(PauseOf::Service(service)) => *service == step.service,
            Some(PauseOf::Saga(_) | PauseOf::Kind(_)) => true,
            None => false,
        }
    }

    /// Whether its deadline has passed and undoes it, unless an order forces it.
    pub(super) fn is_late(&self, now: Timestamp) -> bool {
        let progress = self.progress.as_ref();
        is_late(&self.row, progress, self.direction, now)
    }

    /// The state from which the rules go on.
    pub(super) fn state(&self) -> SagaState {
        let shape = self.definition.shape();
        let Some(progress) = &self.progress else {
            return SagaState::recovered(self.row.status, shape);
        };
        SagaState {
            status: self.row.status,
            in_doubt: progress.in_doubt,
            is_forced: self.direction == Some(Direction::ForceComplete),
            shape,
            steps: progress
                .steps
                .iter()
                .map(|step| step.state.clone())
                .collect(),
        }
    }
}

impl Coordinator {
    /// Reads everything that is known of a saga. The beliefs are read first: a barrier row may be ahead of them, never behind.
    ///
    /// # Errors
    /// The log has no such saga, or cannot be read.
    pub(super) async fn inspect(&self, saga: SagaId) -> Result<Inspected, Problem> {
        let term = self.leadership.term();
        let progress = progress(term.as_ref(), saga);
        let stored = match self.log.look_up(saga).await? {
            FoundSaga::Stored(stored) => *stored,
            FoundSaga::Absent => return Err(Problem::transaction_not_found(saga)),
            FoundSaga::Collected => return Err(Problem::transaction_deleted(saga)),
        };
        let row = match self.defined(stored) {
            Ok(row) => row,
            Err(unreadable) => return Ok(Inspected::Unreadable(unreadable)),
        };
        let (row, definition) = row;
        let controls = term.as_ref().map(|term| term.executor.controls());
        let orders = controls.map(Controls::orders).unwrap_or_default();
        let given = controls.map_or(0, |controls| controls.given(saga));
        // The log may be ahead of the progress, but never of a progress that is settled.
        let progress = progress.filter(|_| row.status.is_open());
        let believed = believed(&row, progress.as_ref(), definition.steps().len());
        let mut services = definition.steps().iter().map(|step| step.service);
        let participants = &self.participants;
        // Without a progress an earlier leader, or another one, may have sent anything.
        let is_resumed = progress.as_ref().is_none_or(|it| it.is_resumed);
        let status = row.status;
        let steps = read_steps(
            participants,
            saga,
            &definition,
            status,
            believed,
            is_resumed,
        )
        .await;
        let pause = services.find_map(|service| orders.pause(saga, &row.kind, service));
        Ok(Inspected::Readable(Box::new(Inspection {
            was_aborted: self.was_aborted(&row).await?,
            direction: orders.direction(saga).filter(|_| row.status.is_open()),
            pause: pause.filter(|_| row.status.is_open()),
            is_paused: orders.is_paused(&PauseOf::Saga(saga)),
            epoch: term.as_ref().map(|term| term.epoch),
            given,
            row,
            definition,
            progress,
            steps,
        })))
    }

    /// A row with its steps, if it tells them.
    pub(super) fn defined(
        &self,
        stored: StoredSaga,
    ) -> Result<(SagaRow, Definition), Box<UnreadableSaga>> {
        let row = stored?;
        match (self.product.define)(&row.kind, &row.args) {
            Some(definition) => Ok((row, definition)),
            None => Err(Box::new(UnreadableSaga {
                id: Some(row.id),
                status: Some(row.status),
                parked: Some(row.parked),
                created_at: Some(row.created_at),
                updated_at: Some(row.updated_at),
                deadline_at: Some(row.deadline_at),
                reason: format!("there is no saga of kind {}", row.kind),
                kind: Some(row.kind),
            })),
        }
    }
}

/// Whether a saga is undone because its deadline has passed. A committed one is not, and neither is one that an operator forces or
/// aborts.
pub(super) fn is_late(
    row: &SagaRow,
    progress: Option<&SagaProgress>,
    direction: Option<Direction>,
    now: Timestamp,
) -> bool {
    let is_sealed = progress.is_some_and(|it| it.in_doubt);
    let is_committed = progress.is_some_and(|it| it.is_committed);
    let has_passed = is_sealed || now >= row.deadline_at;
    row.status == Status::Running && direction.is_none() && !is_committed && has_passed
}

/// The progress of a saga that is driven here.
pub(super) fn progress(term: Option<&Arc<Term>>, saga: SagaId) -> Option<SagaProgress> {
    let progress = term?.executor.registry().get(saga)?;
    let progress = progress.borrow().clone();
    Some(progress)
}

/// What is believed of the steps.
pub(super) fn believed(
    row: &SagaRow,
    progress: Option<&SagaProgress>,
    steps: usize,
) -> Vec<StepRecord> {
    let of_progress = progress.map(|progress| progress.steps.clone());
    let of_row = || row.steps.clone().filter(|stored| stored.len() == steps);
    let unknown = || vec![StepRecord::new(StepState::Unknown); steps];
    of_progress.or_else(of_row).unwrap_or_else(unknown)
}
