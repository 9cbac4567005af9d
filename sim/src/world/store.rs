//! Storage of a simulated process: real SQLite on a simulated disk, every transaction driven
//! inside one poll, with cut points before and after its commit.
//!
//! Every committed row change is seen: temporary triggers, which live on the simulator's
//! connection alone, copy each changed row aside, and the last statement of a transaction takes
//! the copies out.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, OnceLock, PoisonError},
};

use async_trait::async_trait;
use futures::{executor::block_on, future::BoxFuture};
use likewise::{
    barrier::BarrierState,
    edges::{StoreEdge, Unit, UnitKind},
    store::{ARTICLE, COORDINATOR, Database, DatabaseUrl, PoolConfig, Schema, StoreError, USER},
};
use serde_json::Value;
use sqlx::{
    AssertSqlSafe, Row,
    sqlite::{SqliteConnectOptions, SqliteConnection, SqliteLockingMode},
};

use uuid::Uuid;

use super::{Boot, World, experiment::Experiment, hindrance};
use crate::{
    check::Checker,
    disk::{Disk, Image, Keep, VFS_NAME},
    plan::{Fault, Service},
    record::{Change, ChangeOp, EventKind},
    specimen,
};

/// The tables whose changes are seen.
const TABLES: [&str; 7] = [
    "articles",
    "article_requests",
    "barrier",
    "likes",
    "blocked_users",
    "sagas",
    "shards",
];

/// Storage of one process.
pub(super) struct SimStore {
    world: World,
    boot: Arc<Boot>,
    /// Whether other processes work on the same database.
    shared: bool,
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
            changes: Mutex::default(),
        }
    }

    fn take_changes(&self) -> Vec<Change> {
        std::mem::take(&mut self.changes.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Tries the laws of compensations at each compensation of a transaction.
    async fn experiment(
        &self,
        unit: Unit,
        changes: &[Change],
        connection: &mut SqliteConnection,
    ) -> sqlx::Result<()> {
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
            let trials = experiment.run(connection).await?;
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
        let result = match faults.contains(&Fault::LoseConnection) {
            true => Err(StoreError::Absent(hindrance::connection_lost())),
            false => drive(work),
        };
        let changes = self.take_changes();
        match result {
            Ok(()) => {
                let faults = self.world.committed(&self.boot, number, unit.name, changes);
                self.boot.awake().await;
                match faults.contains(&Fault::LoseConnection) {
                    true => Err(StoreError::Unknown(hindrance::connection_lost())),
                    false => Ok(()),
                }
            }
            Err(error) => {
                let kind = EventKind::RolledBack {
                    what: unit.name.to_owned(),
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
impl StoreEdge for SimStore {
    fn sqlite_options(&self, options: SqliteConnectOptions) -> SqliteConnectOptions {
        let synchronous = specimen::synchronous(&self.world.plan().system);
        on_disk(options, self.shared).synchronous(synchronous)
    }

    fn sqlite_readers(&self) -> u32 {
        0
    }

    async fn sqlite_opened(
        &self,
        _: &'static str,
        connection: &mut SqliteConnection,
    ) -> sqlx::Result<()> {
        let tables = tables(connection).await?;
        if self.boot.number > 1 {
            let rows = all_rows(&tables, connection).await?;
            let host = self.boot.host;
            self.world
                .judge(host, |checker, event| checker.reopened(host, &rows, event));
        }
        watch(&tables, connection).await
    }

    async fn sqlite_committing(
        &self,
        unit: Unit,
        connection: &mut SqliteConnection,
    ) -> sqlx::Result<()> {
        let rows = sqlx::query("DELETE FROM temp.changes RETURNING place, name, op, content")
            .fetch_all(&mut *connection)
            .await?;
        let mut changes = rows
            .iter()
            .map(read_change)
            .collect::<sqlx::Result<Vec<_>>>()?;
        changes.sort_by_key(|(place, _)| *place);
        let changes: Vec<Change> = changes.into_iter().map(|(_, change)| change).collect();
        self.experiment(unit, &changes, connection).await?;
        *self.changes.lock().unwrap_or_else(PoisonError::into_inner) = changes;
        Ok(())
    }

    async fn carry_out(
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

/// A database of several processes keeps a rollback journal: the log of a single one needs shared
/// memory or exclusive locks. No two transactions overlap, each is driven inside one poll; and at its
/// beginning each notices what another connection has changed.
fn on_disk(options: SqliteConnectOptions, shared: bool) -> SqliteConnectOptions {
    let locking = match shared {
        true => SqliteLockingMode::Normal,
        false => SqliteLockingMode::Exclusive,
    };
    options
        .vfs(VFS_NAME)
        .locking_mode(locking)
        .pragma("temp_store", "MEMORY")
}

/// The step that a change has undone, if it is one that does.
fn undone(change: &Change) -> Option<(Uuid, i64)> {
    if change.table != "barrier" || change.op != ChangeOp::Update {
        return None;
    }
    let row: Value = serde_json::from_str(&change.row).ok()?;
    let is_undone = row["state"].as_i64() == Some(BarrierState::Undone.code());
    let saga = row["saga"].as_str()?.parse().ok()?;
    is_undone.then_some((saga, row["step"].as_i64()?))
}

fn read_change(row: &sqlx::sqlite::SqliteRow) -> sqlx::Result<(i64, Change)> {
    let op: i64 = row.try_get(2)?;
    let change = Change {
        table: row.try_get(1)?,
        op: match op {
            0 => ChangeOp::Insert,
            1 => ChangeOp::Update,
            _ => ChangeOp::Delete,
        },
        row: row.try_get(3)?,
    };
    Ok((row.try_get(0)?, change))
}

/// The tables whose changes are seen, with their columns as the arguments of `json_object`; `@`
/// stands for the row.
async fn tables(connection: &mut SqliteConnection) -> sqlx::Result<Vec<(String, String)>> {
    let rows = sqlx::query(
        "SELECT m.name, group_concat('''' || c.name || ''', @.' || c.name, ', ')
         FROM sqlite_schema AS m JOIN pragma_table_info(m.name) AS c
         WHERE m.type = 'table' GROUP BY m.name",
    )
    .fetch_all(connection)
    .await?;
    let mut tables = Vec::new();
    for row in rows {
        let table: String = row.try_get(0)?;
        if TABLES.contains(&table.as_str()) {
            tables.push((table, row.try_get(1)?));
        }
    }
    Ok(tables)
}

/// Everything that the database holds, as if it had just been inserted.
async fn all_rows(
    tables: &[(String, String)],
    connection: &mut SqliteConnection,
) -> sqlx::Result<Vec<Change>> {
    let mut rows = Vec::new();
    for (table, columns) in tables {
        let columns = columns.replace('@', table);
        let select = format!("SELECT json_object({columns}) FROM {table}");
        let found = sqlx::query(AssertSqlSafe(select))
            .fetch_all(&mut *connection)
            .await?;
        for row in found {
            rows.push(Change {
                table: table.clone(),
                op: ChangeOp::Insert,
                row: row.try_get(0)?,
            });
        }
    }
    Ok(rows)
}

/// Installs the triggers that copy changed rows aside.
async fn watch(tables: &[(String, String)], connection: &mut SqliteConnection) -> sqlx::Result<()> {
    let mut script = String::from(
        "CREATE TEMP TABLE changes (place INTEGER PRIMARY KEY, name TEXT, op INTEGER, content TEXT);",
    );
    for (table, columns) in tables {
        for (code, op, side) in [
            (0, "INSERT", "NEW"),
            (1, "UPDATE", "NEW"),
            (2, "DELETE", "OLD"),
        ] {
            let content = columns.replace('@', side);
            script.push_str(&format!(
                "CREATE TEMP TRIGGER seen_{table}_{code} AFTER {op} ON main.{table} BEGIN
                     INSERT INTO changes (name, op, content) VALUES ('{table}', {code}, json_object({content}));
                 END;"
            ));
        }
    }
    sqlx::raw_sql(AssertSqlSafe(script))
        .execute(connection)
        .await?;
    Ok(())
}

/// A disk with a service's migrated, empty database, for one process or for several: made once in a
/// process, copied for each run.
pub(super) fn migrated_image(service: Service, shared: bool) -> &'static Image {
    static IMAGES: OnceLock<BTreeMap<(Service, bool), Image>> = OnceLock::new();
    let images = IMAGES.get_or_init(|| {
        let both = |service| [((service, false), false), ((service, true), true)];
        let keys = Service::ALL.into_iter().flat_map(both);
        keys.map(|(key, shared)| (key, image(schema(key.0), shared)))
            .collect()
    });
    &images[&(service, shared)]
}

fn schema(service: Service) -> Schema {
    match service {
        Service::Article => ARTICLE,
        Service::User => USER,
        Service::Coordinator => COORDINATOR,
    }
}

fn image(schema: Schema, shared: bool) -> Image {
    let disk = Disk::new();
    let boot = disk.boot(Keep::Written);
    let url = DatabaseUrl::Sqlite(boot.path(schema.service).into());
    let opened = block_on(Database::open(
        &url,
        schema,
        PoolConfig::default(),
        Arc::new(Plain { shared }),
    ));
    // Without a database there is nothing to simulate: a defect of the migrations.
    let opened = opened
        .unwrap_or_else(|error| panic!("the {} database can be made: {error}", schema.service));
    // The connection closes later, on its own thread; the next boot's files are out of its reach.
    disk.boot(Keep::Written);
    drop(opened);
    disk.snapshot()
}

/// Storage outside of any run, for making the images.
struct Plain {
    shared: bool,
}

#[async_trait]
impl StoreEdge for Plain {
    fn sqlite_options(&self, options: SqliteConnectOptions) -> SqliteConnectOptions {
        on_disk(options, self.shared)
    }

    fn sqlite_readers(&self) -> u32 {
        0
    }

    async fn carry_out(
        &self,
        _: Unit,
        work: BoxFuture<'_, Result<(), StoreError>>,
    ) -> Result<(), StoreError> {
        work.await
    }
}
