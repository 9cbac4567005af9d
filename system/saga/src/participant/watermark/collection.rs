//! The deletion of barrier rows below the watermark.
//!
//! A row may go only when no transaction is left that could still work with an older watermark. Otherwise a late copy of a step
//! that began before the watermark could find its row deleted, and act a second time. On SQLite a transaction that writes is
//! alone. On PostgreSQL a statement locks the barrier's table before it takes its snapshot. So a transaction that takes the lock after the
//! watermark's commit sees the watermark, and the collection waits for those who hold it then.
//!
//! Rows are deleted in small batches with pauses, so that steps and vacuum keep up. Nothing waits for the collection. If it
//! fails, it goes on with the next publication: the leader publishes the watermark now and then.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::{
    task::JoinSet,
    time::{Instant, sleep},
};

use super::{Raised, store::WatermarkStore};
use crate::{
    id::SagaId,
    store::{Database, StoreError},
};

/// The rows that one transaction deletes. It takes some milliseconds, less than a batch of steps.
pub const COLLECT_ROWS_MAX: u32 = 500;

/// The shortest pause between two batches. A pause is as long as the batch before it took, so that at most half of the
/// database's time goes to the collection.
const PAUSE_MIN: Duration = Duration::from_millis(5);

/// How often the collection looks whether older transactions have ended. Most of them take some milliseconds.
const LOOK_INTERVAL: Duration = Duration::from_millis(100);

/// How long the collection waits for older transactions. Those of this kit are ended by the server after a few seconds; another
/// may be somebody's session, or a prepared transaction. The next publication waits for them again.
const WAIT_MAX: Duration = Duration::from_secs(60);

/// Collects the rows below the newest watermark, in a task that ends when all are gone.
pub(super) struct Collection {
    database: Database,
    store: Arc<dyn WatermarkStore>,
    state: Arc<Mutex<State>>,
    /// Dropping the set ends the task.
    task: Mutex<JoinSet<()>>,
}

/// What is to be collected, and what was.
#[derive(Default)]
struct State {
    /// Rows below it are to be collected.
    wanted: Option<SagaId>,
    /// Rows below it were collected by this process.
    collected: Option<SagaId>,
    is_running: bool,
    /// Rows that this process has deleted.
    deleted: u64,
}

impl Collection {
    pub(super) fn new(database: Database, store: Arc<dyn WatermarkStore>) -> Self {
        Self {
            database,
            store,
            state: Arc::default(),
            task: Mutex::default(),
        }
    }

    /// The watermark below which rows are to be collected, and how many were.
    pub(super) fn counts(&self) -> (Option<SagaId>, u64) {
        let state = lock(&self.state);
        (state.wanted, state.deleted)
    }

    /// Collects the rows below a watermark that is committed. Starts a task, unless one runs: that one goes on with the new
    /// watermark. Does nothing if this process has collected them.
    pub(super) fn collect_below(&self, raised: Raised) {
        let mut state = lock(&self.state);
        state.wanted = Some(raised.stored.below);
        // The database may have been restored from an older copy, with rows that were collected.
        if raised
            .before
            .is_none_or(|before| before.below < raised.stored.below)
        {
            state.collected = None;
        }
        if state.is_running || state.collected >= state.wanted {
            return;
        }
        state.is_running = true;
        let run = run(
            self.database.clone(),
            Arc::clone(&self.store),
            Arc::clone(&self.state),
        );
        self.task
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .spawn(run);
    }
}

fn lock(state: &Mutex<State>) -> std::sync::MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Collects until nothing is left below the newest watermark, or until the collection fails.
async fn run(database: Database, store: Arc<dyn WatermarkStore>, state: Arc<Mutex<State>>) {
    loop {
        let Some(below) = next(&state) else { return };
        match collect(&database, &*store, &state, below).await {
            Ok(()) => lock(&state).collected = Some(below),
            Err(error) => {
                tracing::warn!(%error, %below, "the collection of barrier rows stopped; it goes on with the next publication of the watermark");
                lock(&state).is_running = false;
                return;
            }
        }
    }
}

/// The watermark to collect below next. If there is none, the task ends.
fn next(state: &Mutex<State>) -> Option<SagaId> {
    let mut state = lock(state);
    let next = state.wanted.filter(|_| state.collected < state.wanted);
    state.is_running = next.is_some();
    next
}

/// Why a collection stopped.
#[derive(Debug, thiserror::Error)]
enum CollectError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("{0} older transactions on the barrier's table have not ended, for example {1}")]
    OlderTransactions(usize, String),
}

async fn collect(
    database: &Database,
    store: &dyn WatermarkStore,
    state: &Mutex<State>,
    below: SagaId,
) -> Result<(), CollectError> {
    let began = Instant::now();
    wait_for_older_transactions(database, store).await?;
    let mut rows = 0;
    let mut from = Some(SagaId(uuid::Uuid::nil()));
    while let Some(first) = from {
        let batch_began = Instant::now();
        let collected = store
            .collect(database, first, below, COLLECT_ROWS_MAX)
            .await?;
        rows += collected.rows;
        lock(state).deleted += collected.rows;
        from = collected.next;
        if from.is_some() {
            sleep(batch_began.elapsed().max(PAUSE_MIN)).await;
        }
    }
    tracing::info!(%below, rows, took = ?began.elapsed(), "barrier rows below the watermark were collected");
    Ok(())
}

/// Waits until every transaction has ended that may have begun to change barrier rows before the watermark was committed.
///
/// The list is taken once. A transaction that begins later sees the watermark.
async fn wait_for_older_transactions(
    database: &Database,
    store: &dyn WatermarkStore,
) -> Result<(), CollectError> {
    let until = Instant::now() + WAIT_MAX;
    let mut older = store.open_transactions(database).await?;
    while let Some(one) = older.first() {
        if Instant::now() >= until {
            return Err(CollectError::OlderTransactions(older.len(), one.clone()));
        }
        sleep(LOOK_INTERVAL).await;
        let open: BTreeSet<String> = store.open_transactions(database).await?;
        older.retain(|transaction| open.contains(transaction));
    }
    Ok(())
}
