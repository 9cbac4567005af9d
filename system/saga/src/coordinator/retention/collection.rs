//! The collection: deletes sagas below the stored watermarks from the log, in small transactions with pauses.

use std::time::Duration;

use tokio::{
    sync::watch,
    time::{Instant, sleep},
};
use uuid::Uuid;

use super::task::Below;
use crate::{id::SagaId, log::RetentionLog, metrics::Counter, store::StoreError};

/// The number of sagas that one transaction looks at. It takes a few milliseconds.
const BATCH_SAGAS: u32 = 512;

/// The shortest pause between two batches. A pause is as long as the batch before it took, so that the collection takes at most half
/// of the time of one connection.
const PAUSE_MIN: Duration = Duration::from_millis(5);

/// The pause after a batch that failed.
const RETRY_INTERVAL: Duration = Duration::from_secs(1);

/// Up to where the log was collected in this term.
struct Cursors {
    /// Sagas without a request key.
    sagas: SagaId,
    /// Those with one.
    keys: SagaId,
}

/// What a collection deleted, and how long it took.
struct Collected<'c> {
    sagas: u64,
    began: Instant,
    /// What this process has deleted.
    deleted: &'c Counter,
}

/// Deletes what each new watermark allows. Ends with the sender.
///
/// # Cancel safety
/// Safe.
pub(super) async fn run(
    log: &dyn RetentionLog,
    mut below: watch::Receiver<Below>,
    deleted: &Counter,
) {
    let first = SagaId(Uuid::nil());
    let mut cursors = Cursors {
        sagas: first,
        keys: first,
    };
    let mut is_away = false;
    while below.changed().await.is_ok() {
        let (sagas, keys) = *below.borrow_and_update();
        let mut collected = Collected {
            sagas: 0,
            began: Instant::now(),
            deleted,
        };
        while let Err(error) = collect(log, &mut cursors, (sagas, keys), &mut collected).await {
            if !is_away {
                tracing::warn!(%error, "sagas could not be deleted from the log; trying again");
            }
            is_away = true;
            sleep(RETRY_INTERVAL).await;
        }
        is_away = false;
        if collected.sagas > 0 {
            let below = sagas.map(tracing::field::display);
            let keys_below = keys.map(tracing::field::display);
            let (sagas, took) = (collected.sagas, collected.began.elapsed());
            tracing::info!(
                sagas,
                below,
                keys_below,
                ?took,
                "old sagas were deleted from the log"
            );
        }
    }
}

/// Collects up to both watermarks.
async fn collect(
    log: &dyn RetentionLog,
    cursors: &mut Cursors,
    (sagas, keys): Below,
    collected: &mut Collected<'_>,
) -> Result<(), StoreError> {
    if let Some(below) = sagas {
        collect_below(log, &mut cursors.sagas, below, collected).await?;
    }
    if let Some(below) = keys {
        collect_below(log, &mut cursors.keys, below, collected).await?;
    }
    Ok(())
}

async fn collect_below(
    log: &dyn RetentionLog,
    cursor: &mut SagaId,
    below: SagaId,
    collected: &mut Collected<'_>,
) -> Result<(), StoreError> {
    while *cursor < below {
        let began = Instant::now();
        let batch = log.collect(*cursor, below, BATCH_SAGAS).await?;
        // On SQLite the log holds its last ends back. So the cursor stays where it is, and the next watermark begins there.
        let Some(last) = batch.last else { break };
        *cursor = last;
        collected.sagas += batch.sagas;
        collected.deleted.inc_by(batch.sagas);
        sleep(began.elapsed().max(PAUSE_MIN)).await;
    }
    Ok(())
}
