//! Recovery: hands the open sagas of the log back to the executor, at the start and from time to time.
//!
//! Safe beside a live executor and beside other scanners: a saga that is driven here is left
//! alone, and one that is driven elsewhere is protected by its barrier rows and by the epoch.

use std::{sync::Arc, time::Duration};

use backon::{BackoffBuilder, ExponentialBuilder};
use tokio::sync::{Semaphore, watch};

use likewise_saga::{
    env::Env,
    executor::Executor,
    log::{SagaLog, StatusFilter},
    store::Page,
    store::StoreError,
};

/// Sagas read from the log at once.
const PAGE_SAGAS: u32 = 256;

/// How soon the first scan is tried again: until it succeeds no like is taken.
const RETRY_FIRST_SCAN_AFTER: Duration = Duration::from_secs(1);

/// How open sagas are found again.
#[derive(Debug, Clone, Copy)]
pub struct RecoveryConfig {
    /// How often the log is scanned for hanging sagas.
    pub scan_every: Duration,
    /// Recovered sagas driven at once.
    pub sagas_at_once_max: usize,
}

/// Scans until the shard is lost. Says when the first scan has entered every open saga.
pub(super) async fn run(
    config: RecoveryConfig,
    env: Env,
    log: Arc<dyn SagaLog>,
    executor: Executor,
    recovered: watch::Sender<bool>,
) {
    let slots = Arc::new(Semaphore::new(config.sagas_at_once_max));
    let mut first = true;
    while !executor.is_fenced() {
        let recovered_now = scan(&env, log.as_ref(), &executor, &slots, first).await;
        match &recovered_now {
            Ok(0) => {}
            Ok(sagas) => tracing::info!(sagas, "took open sagas up again"),
            Err(error) => tracing::error!(%error, "the saga log could not be scanned"),
        }
        first &= recovered_now.is_err();
        recovered.send_replace(!first);
        let pause = if first {
            RETRY_FIRST_SCAN_AFTER
        } else {
            config.scan_every
        };
        tokio::time::sleep(pause).await;
    }
}

/// Takes up the open sagas: all of them at the start, later those past their deadline.
async fn scan(
    env: &Env,
    log: &dyn SagaLog,
    executor: &Executor,
    slots: &Arc<Semaphore>,
    all: bool,
) -> Result<u32, StoreError> {
    let started_at = env.clock.now();
    let mut taken_up = 0;
    let mut page = Page {
        after: None,
        limit: PAGE_SAGAS,
    };
    loop {
        let rows = read_page(log, page).await?;
        for row in &rows {
            let hangs = all || row.deadline_at < started_at;
            if !hangs || executor.registry().get(row.id).is_some() {
                continue;
            }
            executor.resume(row, Arc::clone(slots));
            taken_up += 1;
        }
        match rows.last() {
            Some(last) if rows.len() == PAGE_SAGAS as usize => page.after = Some(last.id),
            _ => return Ok(taken_up),
        }
    }
}

/// Reads a page, with a few more tries: at the start the next scan is minutes away.
async fn read_page(
    log: &dyn SagaLog,
    page: Page<likewise_saga::id::SagaId>,
) -> Result<Vec<likewise_saga::log::SagaRow>, StoreError> {
    let mut pauses = ExponentialBuilder::default()
        .with_min_delay(Duration::from_millis(100))
        .with_max_delay(Duration::from_secs(5))
        .with_max_times(10)
        .build();
    loop {
        match log.list(StatusFilter::Pending, page).await {
            Ok(rows) => return Ok(rows),
            Err(error) => match pauses.next() {
                Some(pause) => tokio::time::sleep(pause).await,
                None => return Err(error),
            },
        }
    }
}
