//! The storage of a simulated process: real SQLite on a simulated disk.
//!
//! Every transaction runs inside one poll. On another thread, a call of SQLite would let the paused clock race on, and
//! the same plan would give different traces. Around each transaction there is a seeded latency, and an injection
//! point before and after its commit.
//!
//! Each committed change is captured (`change_capture.rs`). The first connection of a run may be a prepared one
//! (`prepared.rs`).

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use futures::{executor::block_on, future::BoxFuture};
use likewise_barrier::BarrierState;
use likewise_saga::store::{
    SimulatorHooks, SqliteConnection, SqliteOptions, StoreError, StoreExecutor, Unit, UnitKind,
};
use tokio::sync;
use uuid::Uuid;

use super::{
    captured_tables, change_capture::ChangeCapture, law_check::CompensationLawCheck,
    opening::on_disk, row_damage,
};
use crate::{
    check::Checker,
    faults::{database, row_refusals},
    handle::World,
    plan::{Fault, SCAN},
    process::{incarnation::Incarnation, machine::Machine},
    record::{Change, ChangeOp, EventKind},
};

/// The storage of one process.
pub(crate) struct SimStore {
    world: World,
    incarnation: Arc<Incarnation>,
    /// Whether other processes share the database.
    shared: bool,
    /// The captured changes of the current connection.
    capture: Mutex<ChangeCapture>,
    changes: Mutex<Vec<Change>>,
}

impl SimStore {
    pub(crate) fn new(world: World, incarnation: Arc<Incarnation>) -> Self {
        let service = incarnation.host.service();
        let shared = service.is_some_and(|service| world.plan().is_shared(service));
        Self {
            world,
            incarnation,
            shared,
            capture: Mutex::default(),
            changes: Mutex::default(),
        }
    }

    fn watch(&self, capture: &ChangeCapture) {
        self.capture
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone_from(capture);
    }

    /// Takes the captured changes.
    fn take_captured(&self) -> Vec<Change> {
        self.capture
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take()
    }

    fn take_changes(&self) -> Vec<Change> {
        std::mem::take(&mut self.changes.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Tries the compensation laws for each compensation of a transaction.
    ///
    /// Only a change to `Undone` is a compensation. A tombstone undoes nothing, so it has no laws to keep.
    fn check_laws(
        &self,
        changes: &[Change],
        connection: &mut SqliteConnection,
    ) -> Result<(), StoreError> {
        let undone: Vec<(Uuid, i64)> = changes.iter().filter_map(undone).collect();
        if undone.is_empty() {
            return Ok(());
        }
        let service = self.incarnation.host.service();
        let effect = service.and_then(|service| self.world.parts().effect(service));
        let spec = self.world.service(self.incarnation.host);
        let effect_rows = spec.and_then(|spec| spec.effect_rows);
        let (effect, effect_rows) = match (effect, effect_rows) {
            (Some(effect), Some(effect_rows)) => (effect, effect_rows),
            (None, None) => return Ok(()),
            // Otherwise the laws would silently not be tried.
            _ => unreachable!("a service that executes steps has an effect and rows"),
        };
        for (saga, step) in undone {
            let sent = |checker: &mut Checker| checker.step_sent(saga, step).cloned();
            let Some(step) = self.world.with_checker(sent) else {
                continue;
            };
            let check = CompensationLawCheck {
                barrier: self.world.parts().barrier(),
                effect,
                effect_rows,
                step,
            };
            let results = check.run(connection)?;
            self.world.judge(self.incarnation.host, |checker, event| {
                checker.laws_checked(&results, event)
            });
        }
        Ok(())
    }

    /// Commits one transaction, with its injection points.
    ///
    /// A lost connection before the commit is reported as `Absent`, and one after it as `Unknown`: the service must treat
    /// both as it would treat those of a real driver.
    async fn write(
        &self,
        unit: Unit,
        work: BoxFuture<'_, Result<(), StoreError>>,
    ) -> Result<(), StoreError> {
        tokio::time::sleep(self.world.commit_latency()).await;
        // Each `awake` ends this task here if a fault has killed the process, and holds it while the process is paused.
        self.incarnation.awake().await;
        let (number, faults) = self.world.committing(&self.incarnation, unit.name);
        self.incarnation.awake().await;
        // Drop the changes of an earlier transaction that was rolled back.
        self.take_captured();
        if faults.contains(&Fault::SilentConnection) {
            self.incarnation.freeze().await;
        }
        let result = match faults.contains(&Fault::LoseConnection) {
            true => Err(StoreError::Absent(database::connection_lost().into())),
            false => drive(work),
        };
        let changes = self.take_changes();
        match result {
            Ok(()) => {
                let faults = self
                    .world
                    .committed(&self.incarnation, number, unit.name, changes);
                self.incarnation.awake().await;
                if faults.contains(&Fault::SilentConnection) {
                    self.incarnation.freeze().await;
                }
                database::hold_answer(&self.world, self.incarnation.host).await;
                match faults.contains(&Fault::LoseConnection) {
                    true => Err(StoreError::Unknown(database::connection_lost().into())),
                    false => Ok(()),
                }
            }
            Err(error) => {
                let kind = EventKind::RolledBack {
                    what: unit.name.into(),
                    why: error.to_string(),
                };
                self.world.note(self.incarnation.host, kind);
                Err(error)
            }
        }
    }
}

impl SimStore {
    /// Reads the open sagas, with its injection points. A read has no doubt: without an answer, it may be repeated.
    async fn scan(
        &self,
        unit: Unit,
        work: BoxFuture<'_, Result<(), StoreError>>,
    ) -> Result<(), StoreError> {
        let (number, faults) = self.world.committing(&self.incarnation, unit.name);
        self.meet(&faults).await?;
        drive(work)?;
        let faults = self
            .world
            .committed(&self.incarnation, number, unit.name, Vec::new());
        self.meet(&faults).await
    }

    /// Lets a read meet the faults of its connection.
    async fn meet(&self, faults: &[Fault]) -> Result<(), StoreError> {
        self.incarnation.awake().await;
        if faults.contains(&Fault::SilentConnection) {
            self.incarnation.freeze().await;
        }
        match faults.contains(&Fault::LoseConnection) {
            true => Err(StoreError::Absent(database::connection_lost().into())),
            false => Ok(()),
        }
    }
}

/// Runs storage work to its end inside this poll, so the paused clock cannot move during it.
///
/// Unconstrained, or tokio's budget for one poll would interrupt a long transaction in the middle.
fn drive(work: BoxFuture<'_, Result<(), StoreError>>) -> Result<(), StoreError> {
    block_on(tokio::task::unconstrained(work))
}

#[async_trait]
impl StoreExecutor for SimStore {
    async fn call_blocking(&self, call: Box<dyn FnOnce() + Send>) {
        call();
    }

    fn simulator_hooks(&self) -> Option<&dyn SimulatorHooks> {
        Some(self)
    }

    async fn execute(
        &self,
        unit: Unit,
        work: BoxFuture<'_, Result<(), StoreError>>,
    ) -> Result<(), StoreError> {
        self.incarnation.awake().await;
        if let Err(error) = database::delay_or_fail(&self.world, self.incarnation.host, unit).await
        {
            self.incarnation.awake().await;
            return Err(error);
        }
        match unit.kind {
            UnitKind::Write => self.write(unit, work).await,
            UnitKind::Read if unit.name == SCAN => self.scan(unit, work).await,
            UnitKind::Open | UnitKind::Read => drive(work),
        }
    }
}

impl SimulatorHooks for SimStore {
    fn sqlite_options(&self, options: SqliteOptions) -> SqliteOptions {
        let synchronous = self.world.synchronous();
        SqliteOptions {
            synchronous: synchronous.unwrap_or(options.synchronous),
            ..on_disk(options, self.shared)
        }
    }

    fn statement_timeout(&self) -> Option<Duration> {
        self.world.statement_timeout()
    }

    fn prepared_sqlite(&self, _: &'static str) -> Option<Arc<sync::Mutex<SqliteConnection>>> {
        let lent = |machine: &mut Machine| machine.lend_prepared_database();
        let (writer, capture) = self.world.machine(self.incarnation.host, lent).flatten()?;
        self.watch(&capture);
        Some(writer)
    }

    fn sqlite_opened(
        &self,
        _: &'static str,
        connection: &mut SqliteConnection,
    ) -> Result<(), StoreError> {
        if self.world.is_bare() {
            return Ok(());
        }
        let Some(service) = self.world.service(self.incarnation.host) else {
            return Ok(());
        };
        let tables = captured_tables::of_database(service, connection)?;
        if self.incarnation.number > 1 {
            let rows = tables.all_rows(connection)?;
            let host = self.incarnation.host;
            self.world.judge(host, |checker, event| {
                checker.reopened(host, service.tables, &rows, event);
            });
            row_damage::at_start(&self.world, host, connection)?;
        }
        self.watch(&tables.capture(connection)?);
        Ok(())
    }

    fn sqlite_committing(
        &self,
        _: Unit,
        connection: &mut SqliteConnection,
    ) -> Result<(), StoreError> {
        if self.world.is_bare() {
            return Ok(());
        }
        let changes = self.take_captured();
        if self.world.refuses_row(self.incarnation.host, &changes) {
            return Err(row_refusals::refused());
        }
        self.check_laws(&changes, connection)?;
        *self.changes.lock().unwrap_or_else(PoisonError::into_inner) = changes;
        Ok(())
    }
}

/// The step that a change marks as undone, if it does.
fn undone(change: &Change) -> Option<(Uuid, i64)> {
    if change.table != "barrier" || change.op != ChangeOp::Update {
        return None;
    }
    let row = &change.row;
    let is_undone = row.integer("state") == Ok(BarrierState::Undone.code());
    is_undone.then_some((row.parse("saga").ok()?, row.integer("step").ok()?))
}
