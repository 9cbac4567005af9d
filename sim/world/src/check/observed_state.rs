//! The observed state: what the databases hold, updated from the row changes of every commit.
//!
//! The checks read it, so they judge what the databases hold, and not what the services say. `durable.rs` compares it
//! with the databases when a service restarts.
//!
//! Here is what any saga has. What the tables of one system hold is in its part, `system_state.rs`.

use likewise_saga::protocol::Status;
use std::collections::{BTreeMap, BTreeSet};

use indexmap::IndexMap;
use likewise_barrier::BarrierState;
use uuid::Uuid;

use super::{
    checked_system::CheckedSystem,
    delta::{Delta, ObservedSaga},
    orders::AuditRow,
    system_state::SystemState,
};
use crate::{
    plan::Host,
    record::{Change, ChangeOp, Row, RowError, SagaCounts},
};

/// The observed state of the databases.
#[derive(Clone)]
pub struct ObservedState {
    /// The barrier rows by service, saga and step.
    pub barrier: IndexMap<(Host, Uuid, i64), BarrierState>,
    /// The number of done steps by saga.
    /// Kept up to date with every row. Counting the rows of a saga at each commit would make a run quadratic.
    done: IndexMap<Uuid, usize>,
    /// The rows of the saga log.
    pub sagas: IndexMap<Uuid, ObservedSaga>,
    /// The sagas that the last commit started.
    pub(super) started: BTreeSet<Uuid>,
    /// The number of open sagas.
    pub(super) open: i64,
    /// The epoch of the saga log.
    pub epoch: Option<i64>,
    /// The watermark of the saga log: every saga with a smaller id has ended.
    pub watermark: Option<Uuid>,
    /// The log's watermarks of retention: what is below the first was or will be deleted, with a key only below the second.
    pub retained: [Option<Uuid>; 2],
    /// The watermark that each service has stored, with the epoch of the leader that published it.
    pub stored: BTreeMap<Host, (Uuid, i64)>,
    /// The audit of what operators ordered, by number.
    pub audit: BTreeMap<i64, AuditRow>,
    /// The coordinator that raised the epoch last. It alone may write sagas.
    pub holder: Option<Host>,
    /// The host that committed last.
    pub writer: Option<Host>,
    /// Rows that could not be read: a defect of the checks.
    pub unreadable: BTreeSet<String>,
    pub(super) system: &'static dyn CheckedSystem,
    /// The system's part.
    own: Box<dyn SystemState>,
}

impl ObservedState {
    /// The state of this system's databases before their first row.
    #[must_use]
    pub fn new(system: &'static dyn CheckedSystem) -> Self {
        Self {
            barrier: IndexMap::new(),
            done: IndexMap::new(),
            sagas: IndexMap::new(),
            started: BTreeSet::new(),
            open: 0,
            epoch: None,
            watermark: None,
            retained: [None; 2],
            stored: BTreeMap::new(),
            audit: BTreeMap::new(),
            holder: None,
            writer: None,
            unreadable: BTreeSet::new(),
            system,
            own: system.observed(),
        }
    }

    /// Applies the changes of a commit by a host. Returns those of the rows that any saga has, in order. The system's part
    /// tells the others.
    ///
    /// Replicas of a service share a database, so the rows belong to the first host. Which replica wrote them is in
    /// `writer`.
    pub fn apply(&mut self, host: Host, changes: &[Change]) -> Vec<Delta> {
        self.writer = Some(host);
        self.started.clear();
        self.own.commit_begins();
        changes
            .iter()
            .filter_map(|change| self.change(host.first(), change))
            .collect()
    }

    /// The system.
    #[must_use]
    pub fn system(&self) -> &'static dyn CheckedSystem {
        self.system
    }

    /// The system's part.
    ///
    /// # Panics
    /// It has another type: the state is that of another system.
    #[must_use]
    pub fn own<S: SystemState>(&self) -> &S {
        self.own.of_type()
    }

    /// The system's part, of whatever type.
    pub(super) fn own_part(&self) -> &dyn SystemState {
        self.own.as_ref()
    }

    /// How the effects of steps differ between this state and a later one, in words. `None` if they are equal.
    #[must_use]
    pub fn effect_change(&self, after: &Self) -> Option<String> {
        self.own.effect_change(after.own_part())
    }

    /// The number of open sagas.
    #[must_use]
    pub fn open_sagas(&self) -> i64 {
        self.open
    }

    /// The number of done steps of a saga.
    #[must_use]
    pub fn done_steps(&self, saga: Uuid) -> usize {
        self.done.get(&saga).copied().unwrap_or(0)
    }

    /// The sagas by status.
    ///
    /// Sagas that were stored as ended are left out. They had nothing to do, and would hide how many were driven.
    #[must_use]
    pub fn saga_counts(&self) -> SagaCounts {
        let mut counts = SagaCounts::default();
        for saga in self.sagas.values().filter(|saga| !saga.settled) {
            match saga.status {
                Some(Status::Completed) => counts.completed += 1,
                Some(Status::Compensated) => counts.compensated += 1,
                _ => counts.open += 1,
            }
            counts.recovered += u64::from(saga.recovered);
            counts.parked += u64::from(saga.parked);
        }
        counts
    }

    /// A row that cannot be read must not end the run: it is collected, and the run reports it as a defect of the
    /// checks.
    fn change(&mut self, service: Host, change: &Change) -> Option<Delta> {
        let delta = self.read(service, change);
        delta.unwrap_or_else(|error| {
            self.unreadable.insert(format!("{}: {error}", change.table));
            None
        })
    }

    fn read(&mut self, service: Host, change: &Change) -> Result<Option<Delta>, RowError> {
        let row = &change.row;
        let delta = match (change.table.as_ref(), change.op) {
            ("barrier", op) => self.barrier(service, op, row)?,
            ("sagas", ChangeOp::Delete) => return self.saga_collected(row).map(Some),
            // They are deleted with their saga.
            ("saga_changes" | "saga_parks", ChangeOp::Delete) => return Ok(None),
            ("retention", _) => return self.retained(row).map(Some),
            ("saga_audit", _) => return self.ordered(row).map(Some),
            ("barrier_watermarks", _) => return self.stored(service, row).map(Some),
            ("sagas", _) => self.saga(row)?,
            ("saga_changes", _) => self.saga_change(row)?,
            ("saga_parks", _) => self.saga_park(row)?,
            ("shards", _) => self.shard(row)?,
            _ => return self.own.own_row_changed(service, change).map(|()| None),
        };
        // What was collected has happened all the same.
        if !self.is_collection(&delta) {
            self.own.saga_row_changed(&delta, row)?;
        }
        Ok(Some(delta))
    }

    /// Whether a step of this saga is below the watermark that a service has stored.
    #[must_use]
    pub fn is_stale(&self, service: Host, saga: Uuid) -> bool {
        let stored = self.stored.get(&service.first());
        stored.is_some_and(|(below, _)| saga < *below)
    }

    /// Whether a barrier row was deleted that the watermark allows to delete.
    fn is_collection(&self, delta: &Delta) -> bool {
        match delta {
            Delta::Barrier {
                service,
                saga,
                after: None,
                ..
            } => self.is_stale(*service, *saga),
            _ => false,
        }
    }

    fn barrier(&mut self, service: Host, op: ChangeOp, row: &Row) -> Result<Delta, RowError> {
        let (saga, step) = (row.parse("saga")?, row.integer("step")?);
        let key = (service, saga, step);
        let after = match op {
            ChangeOp::Delete => None,
            _ => BarrierState::of_code(row.integer("state")?),
        };
        let before = match after {
            Some(state) => self.barrier.insert(key, state),
            None => self.barrier.swap_remove(&key),
        };
        let done = self.done.entry(saga).or_default();
        *done += usize::from(after == Some(BarrierState::Done));
        *done -= usize::from(before == Some(BarrierState::Done));
        Ok(Delta::Barrier {
            service,
            saga,
            step,
            before,
            after,
        })
    }
}
