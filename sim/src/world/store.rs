//! Storage of a simulated process: real SQLite on a simulated disk, every transaction driven
//! inside one poll, with cut points before and after its commit.
//!
//! Every committed row change is seen (`recording.rs`); the first connection of a run is one that an
//! earlier run has used (`ready.rs`).

use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use futures::{executor::block_on, future::BoxFuture};
use likewise_barrier::BarrierState;
use likewise_saga::store::{SqliteHandle, StoreError, StoreExecutor, Unit, UnitKind};
use sqlx::sqlite::SqliteConnectOptions;
use tokio::sync;
use uuid::Uuid;

use super::{
    Boot, Machine, World, experiment::Experiment, hindrance, ready::on_disk, recording, seen::Seen,
};
use crate::{
    check::Checker,
    plan::Fault,
    record::{Change, ChangeOp, EventKind},
    specimen,
};

/// Storage of one process.
pub(super) struct SimStore {
    world: World,
    boot: Arc<Boot>,
    /// Whether other processes work on the same database.
    shared: bool,
    /// What its connection has seen.
    seen: Mutex<Seen>,
    changes: Mutex<Vec<Change>>,
}

impl SimStore {
    pub(super) fn new(world: World, boot: Arc<Boot>) -> Self {
        let topology = world.plan().topology;
        let shared = boot
            .host
            .service()
            .is_some_and(|service| topology.is_shared(service));
        Self {
            world,
            boot,
            shared,
            seen: Mutex::default(),
            changes: Mutex::default(),
        }
    }

    fn watch(&self, seen: &Seen) {
        self.seen
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone_from(seen);
    }

    /// Takes what the connection has seen.
    fn take_seen(&self) -> Vec<Change> {
        self.seen
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take()
    }

    fn take_changes(&self) -> Vec<Change> {
        std::mem::take(&mut self.changes.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Tries the laws of compensations at each compensation of a transaction.
    fn experiment(
        &self,
        unit: Unit,
        changes: &[Change],
        connection: &mut SqliteHandle,
    ) -> Result<(), StoreError> {
        for (saga, step) in changes.iter().filter_map(undone) {
            let sent = |checker: &mut Checker| checker.step_sent(saga, step).cloned();
            let Some(step) = self.world.look(sent) else {
                continue;
            };
            let experiment = Experiment {
                parts: self.world.parts(),
                database: unit.database,
                step,
            };
            let trials = experiment.run(connection)?;
            self.world.judge(self.boot.host, |checker, event| {
                checker.tried(&trials, event)
            });
        }
        Ok(())
    }

    async fn write(
        &self,
        unit: Unit,
        work: BoxFuture<'_, Result<(), StoreError>>,
    ) -> Result<(), StoreError> {
        tokio::time::sleep(self.world.commit_latency()).await;
        self.boot.awake().await;
        let (number, faults) = self.world.committing(&self.boot, unit.name);
        self.boot.awake().await;
        // Of a transaction that was rolled back.
        self.take_seen();
        let result = match faults.contains(&Fault::LoseConnection) {
            true => Err(StoreError::Absent(hindrance::connection_lost().into())),
            false => drive(work),
        };
        let changes = self.take_changes();
        match result {
            Ok(()) => {
                let faults = self.world.committed(&self.boot, number, unit.name, changes);
                self.boot.awake().await;
                match faults.contains(&Fault::LoseConnection) {
                    true => Err(StoreError::Unknown(hindrance::connection_lost().into())),
                    false => Ok(()),
                }
            }
            Err(error) => {
                let kind = EventKind::RolledBack {
                    what: unit.name.into(),
                    why: error.to_string(),
                };
                self.world.note(self.boot.host, kind);
                Err(error)
            }
        }
    }
}

/// Drives storage work to its end inside this poll: the paused clock cannot race on meanwhile.
fn drive(work: BoxFuture<'_, Result<(), StoreError>>) -> Result<(), StoreError> {
    block_on(tokio::task::unconstrained(work))
}

#[async_trait]
impl StoreExecutor for SimStore {
    fn sqlite_options(&self, options: SqliteConnectOptions) -> SqliteConnectOptions {
        let synchronous = specimen::synchronous(&self.world.plan().system);
        on_disk(options, self.shared).synchronous(synchronous)
    }

    fn sqlite_readers(&self) -> u32 {
        0
    }

    fn sqlite_prepared(&self, _: &'static str) -> Option<Arc<sync::Mutex<SqliteHandle>>> {
        let lent = |machine: &mut Machine| machine.lend();
        let (writer, seen) = self.world.machine(self.boot.host, lent).flatten()?;
        self.watch(&seen);
        Some(writer)
    }

    fn sqlite_opened(
        &self,
        database: &'static str,
        connection: &mut SqliteHandle,
    ) -> Result<(), StoreError> {
        if self.world.is_bare() {
            return Ok(());
        }
        let recording = recording::of(database, connection)?;
        if self.boot.number > 1 {
            let rows = recording.all_rows(connection)?;
            let host = self.boot.host;
            self.world
                .judge(host, |checker, event| checker.reopened(host, &rows, event));
        }
        self.watch(&recording.begin(connection)?);
        Ok(())
    }

    fn sqlite_committing(
        &self,
        unit: Unit,
        connection: &mut SqliteHandle,
    ) -> Result<(), StoreError> {
        if self.world.is_bare() {
            return Ok(());
        }
        let changes = self.take_seen();
        self.experiment(unit, &changes, connection)?;
        *self.changes.lock().unwrap_or_else(PoisonError::into_inner) = changes;
        Ok(())
    }

    async fn call(&self, call: Box<dyn FnOnce() + Send>) {
        call();
    }

    async fn execute(
        &self,
        unit: Unit,
        work: BoxFuture<'_, Result<(), StoreError>>,
    ) -> Result<(), StoreError> {
        self.boot.awake().await;
        if let Err(hindered) = hindrance::hinder(&self.world, self.boot.host, unit).await {
            self.boot.awake().await;
            return Err(hindered);
        }
        match unit.kind {
            UnitKind::Write => self.write(unit, work).await,
            UnitKind::Open | UnitKind::Read => drive(work),
        }
    }
}

/// The step that a change has undone, if it is one that does.
fn undone(change: &Change) -> Option<(Uuid, i64)> {
    if change.table != "barrier" || change.op != ChangeOp::Update {
        return None;
    }
    let row = &change.row;
    let is_undone = row.integer("state") == Ok(BarrierState::Undone.code());
    is_undone.then_some((row.parse("saga").ok()?, row.integer("step").ok()?))
}
