//! The barrier rows of a run, and the first effect that they did not allow.

use std::collections::BTreeMap;

use likewise_barrier::BarrierState;
use likewise_world::record::{Change, ChangeOp, Event, EventKind, RunRecord, StepNote};

use super::{
    messages::Messages,
    wrong_change::{Wrong, WrongChange, WrongStep},
};
use crate::analysis::narrative::row_changes::RowChanges;

/// A step of a saga: the id of the saga, and the number of the step.
type StepId = (String, i64);

/// The transaction in which a service executes steps.
const STEPS: &str = "steps";

/// What the barrier rows say after the commits so far.
pub(super) struct BarrierRows {
    states: BTreeMap<StepId, Option<BarrierState>>,
}

/// What a commit did to one barrier row.
struct Touched {
    id: StepId,
    /// Missing: the step had no row. `Some(None)`: its row had been deleted.
    before: Option<Option<BarrierState>>,
    after: Option<BarrierState>,
}

impl BarrierRows {
    /// The first effect before the event at `until` that the barrier rows did not allow.
    pub(super) fn first_wrong(record: &RunRecord, until: usize) -> Option<WrongChange> {
        let mut rows = Self {
            states: BTreeMap::new(),
        };
        let mut told = RowChanges::of(record);
        let mut messages = Messages::default();
        for (event, it) in record.events.iter().enumerate().take(until) {
            messages.note(it);
            let EventKind::Committed { what, changes } = &it.kind else {
                continue;
            };
            let has_effect = !told.of_effects(it.host, changes).is_empty();
            let touched = rows.note(changes);
            if what != STEPS {
                continue;
            }
            let wrong = match (has_effect, touched.is_empty()) {
                (false, _) => None,
                (true, false) => touched.into_iter().find_map(of_touched),
                (true, true) => rows.of_asked(record, &messages.asked(it.host)),
            };
            if let Some((wrong, step)) = wrong {
                return Some(WrongChange {
                    wrong,
                    event,
                    step: Some(step),
                    parted: None,
                    is_last: false,
                });
            }
        }
        None
    }

    /// The states of the steps of a saga after the events up to this one.
    pub(super) fn of_saga(events: &[Event], saga: &str) -> Vec<(i64, Option<BarrierState>)> {
        let mut rows = Self {
            states: BTreeMap::new(),
        };
        for event in events {
            if let EventKind::Committed { changes, .. } = &event.kind {
                rows.note(changes);
            }
        }
        let states = rows.states.into_iter();
        states
            .filter(|((of, _), _)| of == saga)
            .map(|((_, step), state)| (step, state))
            .collect()
    }

    /// Takes the rows of a commit in. A row that one commit writes twice counts once, as it was committed.
    fn note(&mut self, changes: &[Change]) -> Vec<Touched> {
        let mut touched: Vec<Touched> = Vec::new();
        for change in changes.iter().filter(|change| change.table == "barrier") {
            let saga = change.row.text("saga").unwrap_or_default().to_owned();
            let id = (saga, change.row.integer("step").unwrap_or(0));
            let state = BarrierState::of_code(change.row.integer("state").unwrap_or(-1));
            let after = state.filter(|_| change.op != ChangeOp::Delete);
            let before = self.states.insert(id.clone(), after);
            match touched.iter_mut().find(|it| it.id == id) {
                Some(known) if after.is_none() => known.before = Some(None),
                Some(known) if known.after.is_none() => {
                    (known.before, known.after) = (Some(None), after);
                }
                Some(known) => known.after = after,
                None => touched.push(Touched { id, before, after }),
            }
        }
        touched.retain(|it| it.after.is_some());
        touched
    }

    /// An effect without a barrier row: one of the steps that were asked for had acted before.
    fn of_asked(&self, record: &RunRecord, asked: &[StepNote]) -> Option<(Wrong, WrongStep)> {
        asked.iter().find_map(|note| {
            let saga = record.saga_ids.get((note.saga as usize).checked_sub(1)?)?;
            let step = i64::try_from(note.step).ok()?;
            let before = *self.states.get(&(saga.clone(), step))?;
            let wrong = wrong(&note.op, before)?;
            let saga = saga.clone();
            Some((wrong, WrongStep { saga, step, before }))
        })
    }
}

/// An effect in the commit of a barrier row that had said before that nothing may act any more.
fn of_touched(touched: Touched) -> Option<(Wrong, WrongStep)> {
    let before = touched.before?;
    let wrong = match (before, touched.after) {
        (None, Some(BarrierState::Done)) => Wrong::AfterDeletion,
        (Some(BarrierState::Done), Some(BarrierState::Done)) => Wrong::ActionTwice,
        (Some(BarrierState::Undone), Some(BarrierState::Undone)) => Wrong::CompensationTwice,
        (Some(_), Some(BarrierState::Done)) => Wrong::ActionAfterEnd,
        _ => return None,
    };
    let (saga, step) = touched.id;
    Some((wrong, WrongStep { saga, step, before }))
}

/// What is wrong with an effect of this operation, after the barrier row of its step said this.
fn wrong(op: &str, before: Option<BarrierState>) -> Option<Wrong> {
    match (op, before) {
        (_, None) => Some(Wrong::AfterDeletion),
        ("do", Some(BarrierState::Done)) => Some(Wrong::ActionTwice),
        ("do", Some(_)) => Some(Wrong::ActionAfterEnd),
        ("undo", Some(BarrierState::Undone)) => Some(Wrong::CompensationTwice),
        _ => None,
    }
}

/// The words for a state of a barrier row.
pub(super) fn state_words(state: Option<BarrierState>) -> &'static str {
    match state {
        Some(BarrierState::Done) => "done",
        Some(BarrierState::Refused) => "refused",
        Some(BarrierState::Undone) => "undone",
        Some(BarrierState::Tomb) => "dead",
        None => "deleted",
    }
}
