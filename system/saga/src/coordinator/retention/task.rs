//! The leader's task: it moves the clock, writes marks, raises the watermark and publishes it. It ends with the term.

use std::{sync::Arc, time::Duration};

use futures::join;
use tokio::{
    sync::watch,
    time::{Instant, sleep},
};

use super::{
    collection,
    config::Retention,
    publication::Publications,
    schedule::{Reading, Schedule},
};
use crate::{
    coordinator::{metrics::TermCounts, participants::Participants},
    env::Env,
    executor::Executor,
    id::{Epoch, SagaId},
    log::{LogError, RetentionLog, SagaLog},
    store::StoreError,
};

/// The pause after the state of retention could not be read.
const READ_RETRY_INTERVAL: Duration = Duration::from_secs(1);

/// What the task of a term uses.
pub(in crate::coordinator) struct Dependencies {
    pub(in crate::coordinator) retention: Retention,
    pub(in crate::coordinator) env: Env,
    pub(in crate::coordinator) log: Arc<dyn SagaLog>,
    pub(in crate::coordinator) epoch: Epoch,
    pub(in crate::coordinator) executor: Executor,
    pub(in crate::coordinator) participants: Arc<Participants>,
    /// True once every open saga is registered.
    pub(in crate::coordinator) recovered: watch::Receiver<bool>,
    pub(in crate::coordinator) counts: Arc<TermCounts>,
}

/// Which sagas may be deleted from the log: those below the first, and those with a request key below the second.
pub(super) type Below = (Option<SagaId>, Option<SagaId>);

/// Runs until another coordinator takes over.
///
/// # Cancel safety
/// Safe.
pub(in crate::coordinator) async fn run(mut task: Dependencies) {
    // Open sagas come first.
    if task
        .recovered
        .wait_for(|recovered| *recovered)
        .await
        .is_err()
    {
        return;
    }
    let shared = Arc::clone(&task.log);
    let Some(log) = shared.retention() else {
        tracing::error!("this saga log cannot delete anything; retention is off");
        return;
    };
    let (below, collected) = watch::channel((None, None));
    let lead = lead(&task, log, below);
    let deleted = &task.counts.retention.deleted;
    join!(lead, collection::run(log, collected, deleted));
}

/// The clock and the count of ends of one term.
struct Term {
    /// The stored clock, and when it was read.
    clock: (Duration, Instant),
    /// The stored number of ends.
    ended: u64,
    schedule: Schedule,
}

async fn lead(task: &Dependencies, log: &dyn RetentionLog, below: watch::Sender<Below>) {
    let Some(mut term) = begin(task, log).await else {
        return;
    };
    let mut publications = Publications::new(&task.participants);
    let mut is_away = false;
    while !task.executor.is_fenced() {
        match update(task, log, &mut term).await {
            Ok(()) if is_away => {
                tracing::warn!("the saga log stores the retention again");
                is_away = false;
            }
            Ok(()) => {}
            Err(LogError::Fenced { .. }) => return task.executor.fence(),
            Err(LogError::Store(StoreError::Invariant(reason))) => {
                tracing::error!(
                    reason,
                    "alert: what is stored about retention is invalid; nothing is deleted until the next start"
                );
                return;
            }
            Err(LogError::Store(error)) => {
                if !is_away {
                    tracing::warn!(%error, "the saga log did not store the retention; trying again");
                }
                is_away = true;
            }
        }
        let retained = &term.schedule.retained;
        task.counts.retention.note_below(retained.below);
        let now = (retained.below, retained.keys_below);
        below.send_if_modified(|below| std::mem::replace(below, now) != now);
        if let Some(below) = retained.below {
            let now = task.env.clock.steady();
            publications.publish(task, below, now).await;
        }
        tokio::select! {
            biased;
            () = task.executor.fenced() => {}
            () = sleep(term.schedule.interval()) => {}
        }
    }
}

/// Reads what the leaders before have stored. `None` if another coordinator takes over first.
async fn begin(task: &Dependencies, log: &dyn RetentionLog) -> Option<Term> {
    while !task.executor.is_fenced() {
        match log.retained().await {
            Ok(retained) => {
                // The clock is read after the number. So what was stored before counts once.
                return Some(Term {
                    clock: (retained.clock, task.env.clock.steady()),
                    ended: retained.ended,
                    schedule: Schedule::new(task.retention, retained),
                });
            }
            Err(error) => {
                tracing::warn!(%error, "the retention of the saga log could not be read; trying again");
            }
        }
        sleep(READ_RETRY_INTERVAL).await;
    }
    None
}

/// Makes one update, and waits until it is durable.
///
/// # Errors
/// [`LogError`]. Afterwards the term knows what is stored, or the next update fails as well.
async fn update(
    task: &Dependencies,
    log: &dyn RetentionLog,
    term: &mut Term,
) -> Result<(), LogError> {
    let progress = log.raise_watermark(task.epoch).await?;
    let (stored, read_at) = term.clock;
    let reading = Reading {
        clock: stored + (task.env.clock.steady() - read_at),
        ended: term.ended.saturating_add(progress.ended),
        watermark: progress.watermark,
    };
    let update = term.schedule.next(reading);
    match log.record(task.epoch, update.clone()).await {
        Ok(mark) => {
            term.schedule.stored(reading, &update, mark);
            Ok(())
        }
        Err(error) => {
            // It may be stored. Nobody else writes under this epoch.
            if let Ok(retained) = log.retained().await {
                term.schedule.retained = retained;
            }
            Err(error)
        }
    }
}
