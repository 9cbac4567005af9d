//! Recovery: hands the open sagas of the log to the executor, at the start of a term and periodically.
//!
//! A scan may run concurrently with the executor and with scans of other coordinators. A saga that is
//! driven here is skipped. A saga that is driven elsewhere is protected by its barrier rows and by the
//! epoch.

use std::{sync::Arc, time::Duration};

use backon::{BackoffBuilder, ExponentialBuilder};
use likewise_saga::{
    env::Env,
    executor::Executor,
    id::SagaId,
    log::{SagaLog, SagaRow, StatusFilter},
    store::{Page, StoreError},
};
use tokio::sync::{Semaphore, watch};

/// The number of sagas read from the log in one query.
const PAGE_SAGAS: u32 = 256;

/// The pause before a failed first scan is repeated. Until it succeeds, no like is accepted.
const FIRST_SCAN_RETRY_INTERVAL: Duration = Duration::from_secs(1);

/// The number of times that reading one page is retried.
const PAGE_RETRIES_MAX: usize = 10;

/// How open sagas are found again.
#[derive(Debug, Clone, Copy)]
pub struct RecoveryConfig {
    /// How often the log is scanned for open sagas that no task drives.
    pub scan_interval: Duration,
    /// The number of recovered sagas that are driven concurrently.
    pub sagas_concurrent_max: usize,
}

/// Scans until another coordinator takes over. Sets `recovered` when the first scan has registered
/// every open saga.
pub(super) async fn run(
    config: RecoveryConfig,
    env: Env,
    log: Arc<dyn SagaLog>,
    executor: Executor,
    recovered: watch::Sender<bool>,
) {
    let permits = Arc::new(Semaphore::new(config.sagas_concurrent_max));
    let mut is_first = true;
    while !executor.is_fenced() {
        let scanned = scan(&env, log.as_ref(), &executor, &permits, is_first).await;
        match &scanned {
            Ok(0) => {}
            Ok(sagas) => tracing::info!(sagas, "recovered open sagas"),
            Err(error) => tracing::error!(%error, "the saga log could not be scanned"),
        }
        is_first &= scanned.is_err();
        recovered.send_replace(!is_first);
        let pause = match is_first {
            true => FIRST_SCAN_RETRY_INTERVAL,
            false => config.scan_interval,
        };
        tokio::time::sleep(pause).await;
    }
}

/// Recovers open sagas: all of them in the first scan, later those past their deadline. Returns their
/// number.
async fn scan(
    env: &Env,
    log: &dyn SagaLog,
    executor: &Executor,
    permits: &Arc<Semaphore>,
    all: bool,
) -> Result<u32, StoreError> {
    let started_at = env.clock.now();
    let mut recovered = 0;
    let mut page = Page {
        after: None,
        limit: PAGE_SAGAS,
    };
    loop {
        let rows = read_page(log, page).await?;
        for row in &rows {
            let is_due = all || row.deadline_at < started_at;
            if !is_due || executor.registry().get(row.id).is_some() {
                continue;
            }
            executor.resume(row, Arc::clone(permits));
            recovered += 1;
        }
        match rows.last() {
            Some(last) if rows.len() == PAGE_SAGAS as usize => page.after = Some(last.id),
            _ => return Ok(recovered),
        }
    }
}

/// Reads one page of open sagas. Retries a few times, because the next scan may be minutes away.
async fn read_page(log: &dyn SagaLog, page: Page<SagaId>) -> Result<Vec<SagaRow>, StoreError> {
    let mut pauses = ExponentialBuilder::default()
        .with_min_delay(Duration::from_millis(100))
        .with_max_delay(Duration::from_secs(5))
        .with_max_times(PAGE_RETRIES_MAX)
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
