//! The observed state: what the databases hold, updated from the row changes of every commit.
//!
//! The checks read it, so they judge what the databases hold, and not what the services say. `durable.rs` compares it
//! with the databases when a service restarts.
//!
//! Here is what any saga has. What the tables of one system hold is in its part, `system_state.rs`.

use likewise_saga::protocol::Status;
use std::collections::BTreeSet;

use indexmap::IndexMap;
use likewise_barrier::BarrierState;
use uuid::Uuid;

use super::{
    checked_system::CheckedSystem,
    delta::{Delta, ObservedSaga},
    saga_spec::SagaSpec,
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
    started: BTreeSet<Uuid>,
    /// The number of open sagas.
    open: i64,
    /// The epoch of the saga log.
    pub epoch: Option<i64>,
    /// The coordinator that raised the epoch last. It alone may write sagas.
    pub holder: Option<Host>,
    /// The host that committed last.
    pub writer: Option<Host>,
    /// Rows that could not be read: a defect of the checks.
    pub unreadable: BTreeSet<String>,
    system: &'static dyn CheckedSystem,
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
        let delta = match change.table.as_ref() {
            "barrier" => self.barrier(service, change.op, row)?,
            "sagas" => self.saga(row)?,
            "saga_changes" => self.saga_change(row)?,
            "saga_parks" => self.saga_park(row)?,
            "shards" => self.shard(row)?,
            _ => return self.own.own_row_changed(service, change).map(|()| None),
        };
        self.own.saga_row_changed(&delta, row)?;
        Ok(Some(delta))
    }

    fn shard(&mut self, row: &Row) -> Result<Delta, RowError> {
        let after = row.integer("epoch")?;
        let before = self.epoch.replace(after);
        if before.is_none_or(|before| before < after) {
            self.holder = self.writer;
        }
        Ok(Delta::Shard { before, after })
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

    /// The row of a saga, which is written at its start. In older records it has the status as well, and each change of it.
    fn saga(&mut self, row: &Row) -> Result<Delta, RowError> {
        let id: Uuid = row.parse("id")?;
        let before = self.sagas.get(&id);
        let status = match (row.integer("status"), before) {
            (Ok(code), _) => Status::of_code(code),
            (Err(_), Some(before)) => before.status,
            (Err(_), None) => Some(Status::Running),
        };
        let epoch = match (row.integer("status"), before) {
            (Err(_), Some(before)) => before.epoch,
            _ => row.integer("epoch")?,
        };
        let is_parked = row.integer("parked").is_ok_and(|parked| parked != 0);
        let key = row.text_or_null("request_key")?.map(str::to_owned);
        let has_outcome = row.text("outcome").is_ok();
        if before.is_none() {
            self.started.insert(id);
        }
        let (steps, up_to_pivot) = match before {
            Some(before) => (before.steps, before.up_to_pivot),
            None => {
                let saga = self.system.saga(row.text("kind")?);
                let up_to_pivot = saga.map_or(0, SagaSpec::steps_up_to_pivot);
                (saga.map_or(0, |saga| saga.steps.len()), up_to_pivot)
            }
        };
        let after = ObservedSaga {
            status,
            parked: is_parked || before.is_some_and(|before| before.parked),
            epoch,
            recovered: before.is_some_and(|before| before.recovered || before.epoch != epoch),
            steps,
            up_to_pivot,
            key,
            settled: before.map_or(has_outcome, |before| before.settled),
        };
        Ok(self.saga_written(id, after))
    }

    /// A saga that ends in the commit that starts it was settled before.
    fn saga_change(&mut self, row: &Row) -> Result<Delta, RowError> {
        let id: Uuid = row.parse("saga")?;
        let status = Status::of_code(row.integer("to_status")?);
        let is_parked = row.integer("parked")? != 0;
        let is_settled = self.started.contains(&id) && !status.is_some_and(Status::is_open);
        self.saga_changed(id, (status, row.integer("epoch")?), is_parked, is_settled)
    }

    fn saga_park(&mut self, row: &Row) -> Result<Delta, RowError> {
        let id: Uuid = row.parse("saga")?;
        let status = self.sagas.get(&id).and_then(|saga| saga.status);
        self.saga_changed(id, (status, row.integer("epoch")?), true, false)
    }

    /// `parked` and `recovered` stay set: the summary counts the sagas to which that ever happened.
    fn saga_changed(
        &mut self,
        id: Uuid,
        (status, epoch): (Option<Status>, i64),
        is_parked: bool,
        is_settled: bool,
    ) -> Result<Delta, RowError> {
        let before = self
            .sagas
            .get(&id)
            .ok_or_else(|| RowError::new("saga", "saga"))?;
        let after = ObservedSaga {
            status,
            parked: is_parked || before.parked,
            epoch,
            recovered: before.recovered || before.epoch != epoch,
            settled: is_settled || before.settled,
            ..before.clone()
        };
        Ok(self.saga_written(id, after))
    }

    fn saga_written(&mut self, id: Uuid, after: ObservedSaga) -> Delta {
        let (status, epoch) = (after.status, after.epoch);
        let before = self.sagas.get(&id);
        let was_open = before.is_some_and(ObservedSaga::is_open);
        self.open += i64::from(after.is_open()) - i64::from(was_open);
        let before = self.sagas.insert(id, after);
        Delta::Saga {
            saga: id,
            before: before.as_ref().and_then(|before| before.status),
            after: status,
            epochs: (before.map(|before| before.epoch), epoch),
        }
    }
}
