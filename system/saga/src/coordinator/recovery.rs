//! Recovery: hands the open sagas of the log to the executor, at the start of a term and periodically.
//!
//! A scan may run concurrently with the executor and with scans of other coordinators. A saga that is
//! driven here is skipped. A saga that is driven elsewhere is protected by its barrier rows and by the
//! epoch.
//!
//! A row that cannot be read, or that does not tell how to go on, concerns its saga alone: that saga is
//! parked with an alert, and all others are recovered. It keeps its lock key, so no other saga begins on
//! what it has locked. When somebody has repaired the row, a later scan continues it.

use std::{sync::Arc, time::Duration};

use backon::{BackoffBuilder, ExponentialBuilder};
use tokio::sync::{Semaphore, watch};

use super::metrics::TermCounts;
use crate::{
    env::Env,
    executor::Executor,
    id::{Epoch, SagaId},
    log::{LogError, SagaLog, StatusFilter, StoredSaga, stored_id},
    store::{Page, StoreError},
    time::Timestamp,
};

/// The number of sagas read from the log in one query.
const PAGE_SAGAS: u32 = 256;

/// The pause before a failed first scan is repeated. Until it succeeds, no request is accepted.
pub(super) const FIRST_SCAN_RETRY_INTERVAL: Duration = Duration::from_secs(1);

/// The number of times that reading one page is retried.
pub(super) const PAGE_RETRIES_MAX: usize = 10;

/// How open sagas are found again.
#[derive(Debug, Clone, Copy)]
pub struct RecoveryConfig {
    /// How often the log is scanned for open sagas that no task drives.
    pub scan_interval: Duration,
    /// The number of recovered sagas that are driven concurrently.
    pub sagas_concurrent_max: usize,
}

/// Reads the highest identity of the log, then scans until another coordinator takes over. Sets
/// `recovered` when the first scan has registered every open saga that can be driven.
pub(super) async fn run(
    config: RecoveryConfig,
    env: Env,
    log: Arc<dyn SagaLog>,
    epoch: Epoch,
    executor: Executor,
    recovered: watch::Sender<bool>,
    counts: Arc<TermCounts>,
) {
    let permits = Arc::new(Semaphore::new(config.sagas_concurrent_max));
    let mut is_first = true;
    while !executor.is_fenced() {
        let scanned = match is_first {
            true => first_scan(&env, log.as_ref(), &executor, &permits).await,
            false => scan(&env, log.as_ref(), &executor, &permits, false).await,
        };
        is_first &= scanned.is_err();
        recovered.send_replace(!is_first);
        match scanned {
            Ok(found) => {
                if found.recovered > 0 {
                    tracing::info!(sagas = found.recovered, "recovered open sagas");
                }
                counts.note_unreadable(found.stuck.len());
                park_all(&env, log.as_ref(), epoch, &executor, &found.stuck).await;
            }
            Err(error) => tracing::error!(%error, "the saga log could not be scanned"),
        }
        let pause = match is_first {
            true => FIRST_SCAN_RETRY_INTERVAL,
            false => config.scan_interval,
        };
        tokio::time::sleep(pause).await;
    }
}

/// What a scan found.
#[derive(Default)]
struct Found {
    /// The number of sagas that are driven from now on.
    recovered: u32,
    stuck: Vec<Stuck>,
}

/// An open saga that cannot be driven.
struct Stuck {
    id: Option<SagaId>,
    is_parked: bool,
    reason: String,
}

impl Found {
    /// Hands a saga to the executor, or notes why that is impossible.
    fn take(&mut self, stored: &StoredSaga, executor: &Executor, permits: &Arc<Semaphore>) {
        let (is_parked, reason) = match stored {
            Ok(row) => match executor.resume(row, Arc::clone(permits)) {
                Ok(()) => {
                    self.recovered += 1;
                    return;
                }
                Err(error) => (row.parked, error.to_string()),
            },
            Err(unreadable) => (unreadable.parked == Some(true), unreadable.reason.clone()),
        };
        self.stuck.push(Stuck {
            id: stored_id(stored),
            is_parked,
            reason,
        });
    }
}

/// Takes over the orders of operators and recovers all open sagas. Afterwards the executor makes identities above every one in the
/// log.
async fn first_scan(
    env: &Env,
    log: &dyn SagaLog,
    executor: &Executor,
    permits: &Arc<Semaphore>,
) -> Result<Found, StoreError> {
    let head = log.head().await?;
    if let Some(newest) = head.newest {
        executor.raise_ids(newest);
    }
    // Before a saga is resumed, so that its task begins with what is ordered of it.
    if let Some(operations) = log.operations().filter(|_| head.has_orders) {
        executor.controls().restore(operations.open_orders().await?);
    }
    scan(env, log, executor, permits, true).await
}

/// Recovers open sagas: all of them in the first scan, later those past their deadline.
async fn scan(
    env: &Env,
    log: &dyn SagaLog,
    executor: &Executor,
    permits: &Arc<Semaphore>,
    all: bool,
) -> Result<Found, StoreError> {
    let started_at = env.clock.now();
    let mut found = Found::default();
    let mut page = Page {
        after: None,
        limit: PAGE_SAGAS,
    };
    loop {
        let rows = read_page(log, page).await?;
        for stored in &rows {
            let is_due = all || deadline_at(stored).is_none_or(|at| at < started_at);
            if is_due && !is_driven(stored, executor) {
                found.take(stored, executor, permits);
            }
        }
        match rows.iter().rev().find_map(stored_id) {
            Some(last) if rows.len() == PAGE_SAGAS as usize => page.after = Some(last),
            _ => return Ok(found),
        }
    }
}

fn deadline_at(stored: &StoredSaga) -> Option<Timestamp> {
    match stored {
        Ok(row) => Some(row.deadline_at),
        Err(unreadable) => unreadable.deadline_at,
    }
}

fn is_driven(stored: &StoredSaga, executor: &Executor) -> bool {
    stored_id(stored).is_some_and(|saga| executor.registry().get(saga).is_some())
}

/// Alerts a person to each stuck saga, and marks it in the log as far as the row can be written.
///
/// Every scan repeats the alert: nothing but a person can end it.
async fn park_all(
    env: &Env,
    log: &dyn SagaLog,
    epoch: Epoch,
    executor: &Executor,
    stuck: &[Stuck],
) {
    for Stuck {
        id,
        is_parked,
        reason,
    } in stuck
    {
        let saga = id.map(tracing::field::display);
        tracing::error!(saga, reason, "alert: a saga that cannot be read is parked");
        let Some(id) = id.filter(|_| !is_parked) else {
            continue;
        };
        let why = format!("the saga cannot be read or driven: {reason}");
        match log.park(epoch, env.clock.now(), id, &why).await {
            Ok(()) => {}
            Err(LogError::Fenced { .. }) => return executor.fence(),
            Err(LogError::Store(error)) => {
                tracing::warn!(saga = %id, %error, "the saga could not be marked as parked; the next scan tries again");
            }
        }
    }
}

/// Reads one page of open sagas. Retries a few times, because the next scan may be minutes away.
async fn read_page(log: &dyn SagaLog, page: Page<SagaId>) -> Result<Vec<StoredSaga>, StoreError> {
    let mut pauses = ExponentialBuilder::default()
        .with_min_delay(Duration::from_millis(100))
        .with_max_delay(Duration::from_secs(5))
        .with_max_times(PAGE_RETRIES_MAX)
        .build();
    loop {
        match log.list(StatusFilter::Pending, page).await {
            Ok(rows) => return Ok(rows),
            Err(error) => match pauses.next() {
                Some(pause) => {
                    tracing::warn!(%error, "open sagas could not be read; trying again");
                    tokio::time::sleep(pause).await;
                }
                None => return Err(error),
            },
        }
    }
}
