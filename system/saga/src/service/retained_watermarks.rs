//! What a coordinator with retention checks before it takes the saga log over: no watermark may go back.
//!
//! The log has every watermark before a participant gets it. So a participant with a higher one has another history than the log:
//! the log was restored from an older copy, and would start sagas, or continue some, that the participant refuses.

use futures::future::join_all;

use crate::{
    coordinator::Participant,
    id::SagaId,
    lease::LogLease,
    log::{Retained, RetentionLog, SagaLog},
    participant::{RaiseError, Watermark},
    store::StoreError,
};

/// Compares the watermarks of the log with each other, and with those of the participants that can be reached. A participant that
/// cannot is compared by the first publication.
///
/// # Errors
/// What would go back, and what to do.
pub(super) async fn check_watermarks(
    log: &dyn SagaLog,
    log_lease: &dyn LogLease,
    participants: &[Participant],
) -> Result<(), String> {
    let Some(log) = log.retention() else {
        return Err("this saga log cannot delete anything".to_owned());
    };
    let cannot_read = |error: StoreError| error.to_string();
    let retained = log.retained().await.map_err(cannot_read)?;
    check_order(&retained)?;
    let Some(below) = retained.below else {
        return Ok(());
    };
    let epoch = log_lease.read().await.map_err(cannot_read)?.epoch;
    let watermark = Watermark {
        shard: 0,
        below,
        epoch,
    };
    let published = participants.iter().map(|participant| async move {
        let raised = participant.raise_watermark(watermark).await;
        (participant.service(), raised)
    });
    for (service, raised) in join_all(published).await {
        if let Err(RaiseError::Refused { stored }) = raised {
            let is_known = is_known(log, log_lease, stored).await;
            if !is_known.map_err(cannot_read)? {
                return Err(ahead(service, stored, below));
            }
        }
    }
    Ok(())
}

/// Whether the log has a watermark by now: a leader may have raised it, or taken over, in between.
async fn is_known(
    log: &dyn RetentionLog,
    log_lease: &dyn LogLease,
    stored: Watermark,
) -> Result<bool, StoreError> {
    let below = log.retained().await?.below;
    Ok(Some(stored.below) <= below && stored.epoch <= log_lease.read().await?.epoch)
}

fn check_order(retained: &Retained) -> Result<(), String> {
    let Retained {
        below,
        keys_below,
        watermark,
        ..
    } = retained;
    if below <= watermark && keys_below <= below {
        return Ok(());
    }
    let text = |id: &Option<SagaId>| id.map_or_else(|| "nothing".to_owned(), |id| id.to_string());
    Err(format!(
        "the watermark would go back: keys below {} and sagas below {} may be deleted, and those below {} have ended\n\
         The tables shards and retention contradict each other: restore the database.",
        text(keys_below),
        text(below),
        text(watermark),
    ))
}

fn ahead(service: &str, stored: Watermark, below: SagaId) -> String {
    format!(
        "the watermark would go back: the {service} service refuses sagas below {} (epoch {}), and the log would publish {below}\n\
         The log was restored from an older copy. Restore all databases as of one moment, or start with --retention off.",
        stored.below, stored.epoch,
    )
}
