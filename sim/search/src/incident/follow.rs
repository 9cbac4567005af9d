//! The states of all sagas of a run, event by event, from its record alone.
//!
//! Barrier rows and the log are in the commits. What a leader believes is not: it follows from the replies that reached it, and a
//! new leader begins without any.

use std::collections::BTreeMap;

use likewise_barrier::BarrierState;
use likewise_saga::{log::StepRecord, protocol::Status};
use likewise_world::{
    System,
    check::CheckedSystem,
    plan::Host,
    record::{Change, ChangeOp, Event, EventKind, Row, RowError, RunRecord, StepNote},
};
use serde_json::Value;
use uuid::Uuid;

use super::{
    file::{DirectionName, End, StoredState},
    target::{Known, SagaState, StepState, Stored, direction},
};

/// A saga of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Followed {
    /// Its kind.
    pub kind: String,
    /// When its start was committed, in simulated microseconds since the run began.
    pub started_micros: u64,
    /// Its state now.
    pub state: SagaState,
}

/// The sagas of a run, up to an event.
pub struct Follower<'r> {
    system: &'static dyn System,
    /// The ids of the sagas, in the order of their numbers.
    ids: &'r [String],
    sagas: BTreeMap<Uuid, Followed>,
    /// The coordinator that raised the epoch last: the leader.
    leader: Option<Host>,
    epoch: Option<i64>,
}

impl<'r> Follower<'r> {
    /// No event of this run has happened.
    #[must_use]
    pub fn new(system: &'static dyn System, record: &'r RunRecord) -> Self {
        Self {
            system,
            ids: &record.saga_ids,
            sagas: BTreeMap::new(),
            leader: None,
            epoch: None,
        }
    }

    /// A saga that has begun.
    #[must_use]
    pub fn get(&self, saga: Uuid) -> Option<&Followed> {
        self.sagas.get(&saga)
    }

    /// One more event has happened. Returns the sagas that it may have changed.
    ///
    /// A row that cannot be read is ignored: the checks of the run report it.
    pub fn follow(&mut self, event: &Event) -> Vec<Uuid> {
        match &event.kind {
            EventKind::Committed { changes, .. } => {
                let changed = changes.iter().map(|change| self.change(event, change));
                let changed: Vec<_> = changed.collect();
                changed.into_iter().flatten().flatten().collect()
            }
            EventKind::Replied { steps, .. } if Some(event.host) == self.leader => {
                let changed = steps.iter().map(|note| self.reply(note));
                let changed: Vec<_> = changed.collect();
                changed.into_iter().flatten().collect()
            }
            _ => Vec::new(),
        }
    }

    fn change(&mut self, event: &Event, change: &Change) -> Result<Vec<Uuid>, RowError> {
        let row = &change.row;
        let saga = match (change.table.as_ref(), change.op) {
            ("barrier", op) => self.barrier_row(op, row)?,
            ("sagas", ChangeOp::Insert) => self.start(event, row)?,
            ("saga_changes", ChangeOp::Insert) => self.status(row)?,
            ("saga_parks", ChangeOp::Insert) => self.with(row.parse("saga")?, |state| {
                state.parked = true;
            }),
            ("saga_audit", ChangeOp::Insert) => self.order(row)?,
            ("shards", ChangeOp::Insert | ChangeOp::Update) => return self.shard(event, row),
            _ => None,
        };
        Ok(saga.into_iter().collect())
    }

    fn with(&mut self, saga: Uuid, change: impl FnOnce(&mut SagaState)) -> Option<Uuid> {
        change(&mut self.sagas.get_mut(&saga)?.state);
        Some(saga)
    }

    fn start(&mut self, event: &Event, row: &Row) -> Result<Option<Uuid>, RowError> {
        let (saga, kind) = (row.parse("id")?, row.text("kind")?);
        let system: &dyn CheckedSystem = self.system;
        let steps = system.saga(kind).map_or(0, |spec| spec.steps.len());
        let step = StepState {
            believed: Known::Nothing,
            row: Stored::None,
        };
        let state = SagaState {
            status: Status::Running,
            parked: false,
            ordered: None,
            end: None,
            steps: vec![step; steps],
        };
        let started = Followed {
            kind: kind.to_owned(),
            started_micros: event.at_micros,
            state,
        };
        self.sagas.insert(saga, started);
        Ok(Some(saga))
    }

    /// A change of the status. The log has what was believed then, which is what a reader finds after the end.
    fn status(&mut self, row: &Row) -> Result<Option<Uuid>, RowError> {
        let Some(status) = Status::of_code(row.integer("to_status")?) else {
            return Ok(None);
        };
        let parked = row.integer("parked")? != 0;
        let logged = row.text_or_null("steps")?;
        let logged: Option<Vec<StepRecord>> =
            logged.and_then(|steps| serde_json::from_str(steps).ok());
        let end = row.text_or_null("outcome")?;
        let end: Option<Value> = end.and_then(|end| serde_json::from_str(end).ok());
        let results = end.as_ref().and_then(|end| end["results"].as_array());
        let results = results.map(Vec::len);
        let end: Option<End> = end.and_then(|end| serde_json::from_value(end).ok());
        Ok(self.with(row.parse("saga")?, |state| {
            (state.status, state.parked, state.end) = (status, parked, end);
            let logged = logged.as_deref();
            // Steps that follow from the results are not stored.
            let is_derived = logged.is_none() && results == Some(state.steps.len());
            let logged = logged.filter(|logged| logged.len() == state.steps.len());
            for (place, step) in state.steps.iter_mut().enumerate() {
                step.believed = match logged {
                    _ if is_derived => Known::Done,
                    Some(logged) => Known::logged(&logged[place]),
                    None => Known::Nothing,
                };
            }
        }))
    }

    fn order(&mut self, row: &Row) -> Result<Option<Uuid>, RowError> {
        let ordered: Option<DirectionName> = direction(row.text("action")?);
        if ordered.is_none() || row.text("scope")? != "saga" {
            return Ok(None);
        }
        Ok(self.with(row.parse("target")?, |state| state.ordered = ordered))
    }

    /// A new epoch has a new leader. It knows only the statuses of the open sagas.
    fn shard(&mut self, event: &Event, row: &Row) -> Result<Vec<Uuid>, RowError> {
        let epoch = row.integer("epoch")?;
        if self.epoch.replace(epoch) == Some(epoch) {
            return Ok(Vec::new());
        }
        self.leader = Some(event.host);
        let open = self.sagas.iter_mut();
        let open = open.filter(|(_, saga)| saga.state.status.is_open());
        Ok(open
            .map(|(id, saga)| {
                for step in &mut saga.state.steps {
                    step.believed = Known::Nothing;
                }
                *id
            })
            .collect())
    }

    fn barrier_row(&mut self, op: ChangeOp, row: &Row) -> Result<Option<Uuid>, RowError> {
        let place = usize::try_from(row.integer("step")?).unwrap_or(usize::MAX);
        let stored = match (op, BarrierState::of_code(row.integer("state")?)) {
            // Retention deletes rows. What happened stays.
            (ChangeOp::Delete, _) => return Ok(None),
            (_, Some(state)) => Stored::Row(StoredState::from(state)),
            (_, None) => Stored::None,
        };
        Ok(self.with(row.parse("saga")?, |state| {
            if let Some(step) = state.steps.get_mut(place) {
                step.row = stored;
            }
        }))
    }

    /// What a leader learns from a reply. A saga that has ended is no longer driven.
    fn reply(&mut self, note: &StepNote) -> Option<Uuid> {
        let number = usize::try_from(note.saga).ok()?.checked_sub(1)?;
        let saga = self.ids.get(number)?.parse().ok()?;
        let learnt = Known::replied(note.reply.as_deref()?)?;
        self.with(saga, |state| {
            let is_open = state.status.is_open();
            if let Some(step) = state.steps.get_mut(note.step).filter(|_| is_open)
                && step.believed.may_become(learnt)
            {
                step.believed = learnt;
            }
        })
    }
}

impl Known {
    fn logged(record: &StepRecord) -> Self {
        Self::replied(record.state.name()).unwrap_or(Self::Nothing)
    }

    /// What a reply says. Other replies say nothing.
    fn replied(name: &str) -> Option<Self> {
        match name {
            "done" => Some(Self::Done),
            "refused" => Some(Self::Refused),
            "dead" => Some(Self::Dead),
            "undone" => Some(Self::Undone),
            _ => None,
        }
    }

    /// Replies to earlier requests are ignored: what is settled changes only by a compensation.
    fn may_become(self, learnt: Self) -> bool {
        match self {
            Self::Nothing => true,
            Self::Done => learnt == Self::Undone,
            Self::Refused | Self::Dead | Self::Undone => false,
        }
    }
}
