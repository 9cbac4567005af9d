//! Repairs what an audit found, where it is certain what is right.
//!
//! 1. Takes the saga log over. From now on no coordinator starts a saga, so an article without an open saga stays
//!    without one.
//! 2. Seals the steps that completed sagas have lost: a late repeat of such a step would otherwise run it once more.
//! 3. Corrects the counts, by deltas, of articles without open sagas, unless a saga cannot be read: it may be open, and of
//!    any article. Before each write it checks that the log is still
//!    its own, and each count changes only if it is still what was read.
//! 4. Raises the identity of the articles above every id that is in use.
//!
//! Everything else is left as it is: a record of an article that does not exist is somebody's like.

use futures::FutureExt;
use likewise_saga::{
    id::{Epoch, SagaId},
    log::{SagaLog, SqlSagaLog},
    protocol::{Status, StepDefinition},
    store::{Batch, Sql, StoreError, sql},
    time::Timestamp,
};
use serde::Serialize;

use super::{
    AuditDatabases, AuditError, AuditReport, Difference, StepFound, counts,
    databases::Source,
    identity, retention,
    tables::{LoggedSaga, SagaPages, StepRows},
};

static EPOCH: Sql = sql!("audit_epoch");
static COUNTS: Sql = sql!("repair_counts");
static STEPS: Sql = sql!("repair_steps");

/// How many counts are corrected in one transaction.
const COUNTS_MAX: usize = 512;

/// What a repair changed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Repaired {
    /// Counts that were corrected.
    pub counts: u64,
    /// Lost steps that were sealed.
    pub steps: u64,
    /// The identity of the articles before it was raised.
    pub identity_before: Option<i64>,
    /// Another coordinator took the log over meanwhile. The rest of the counts was left: stop it and repair again.
    pub was_interrupted: bool,
}

/// A step that a completed saga has lost.
struct LostStep {
    saga: SagaId,
    step: i64,
    fingerprint: i64,
}

/// Repairs counts, lost steps and the identity. A coordinator that still runs is fenced by it.
///
/// # Errors
/// [`AuditError`]: a database did not answer. What was repaired until then stays repaired; repeating is safe.
///
/// # Cancel safety
/// Safe: every change is complete by itself, and repeating is safe.
pub async fn repair(
    databases: &AuditDatabases,
    report: &AuditReport,
    now: Timestamp,
) -> Result<Repaired, AuditError> {
    let log = &databases.coordinator;
    let epoch = SqlSagaLog::new(log.database.clone()).take_over().await;
    let epoch = epoch.map_err(|error| log.error(error))?;
    let (steps, unreadable) = seal_lost_steps(databases, now).await?;
    let mut repaired = Repaired {
        steps,
        ..Repaired::default()
    };
    if unreadable == 0 {
        correct_counts(databases, epoch, &mut repaired).await?;
    }
    repaired.identity_before = identity::raise(&databases.article, report.highest_article).await?;
    Ok(repaired)
}

/// Returns how many steps were sealed, and how many sagas cannot be read.
async fn seal_lost_steps(
    databases: &AuditDatabases,
    now: Timestamp,
) -> Result<(u64, usize), AuditError> {
    let (mut sealed, mut unreadable) = (0, 0);
    // Whatever is missing below was deleted, and is refused. Nobody raises it now: the log was taken over.
    let below = retention::below(&databases.coordinator).await?;
    let mut pages = SagaPages::all();
    loop {
        let sagas = pages.next(&databases.coordinator).await?;
        if sagas.is_empty() {
            return Ok((sealed, unreadable));
        }
        unreadable += sagas.iter().filter(|saga| saga.content.is_none()).count();
        let rows = StepRows::of(databases, &sagas).await?;
        for participant in databases.participants() {
            let kept = sagas.iter().filter(|saga| Some(saga.id) >= below);
            let lost = lost_steps(participant, kept, &rows);
            sealed += seal(participant, lost, now).await?;
        }
    }
}

fn lost_steps<'s>(
    participant: &Source,
    sagas: impl Iterator<Item = &'s LoggedSaga>,
    rows: &StepRows,
) -> Vec<LostStep> {
    let mut lost = Vec::new();
    for saga in sagas {
        let content = saga.content.iter();
        let completed = content.filter(|content| content.status == Status::Completed);
        for (index, step) in completed.flat_map(|content| content.steps.iter().enumerate()) {
            let is_here = step.service == participant.service;
            if is_here && rows.found(step.service, saga.id, index) == StepFound::Missing {
                lost.push(LostStep::new(saga.id, index, step));
            }
        }
    }
    lost
}

impl LostStep {
    fn new(saga: SagaId, index: usize, step: &StepDefinition) -> Self {
        Self {
            saga,
            step: i64::try_from(index).unwrap_or(i64::MAX),
            fingerprint: step.args.fingerprint(),
        }
    }
}

async fn seal(
    participant: &Source,
    lost: Vec<LostStep>,
    now: Timestamp,
) -> Result<u64, AuditError> {
    if lost.is_empty() {
        return Ok(0);
    }
    let batch = Batch::default()
        .uuids("saga", lost.iter().map(|step| step.saga.0))
        .ints("step", lost.iter().map(|step| step.step))
        .ints("fingerprint", lost.iter().map(|step| step.fingerprint));
    let sealed = participant.database.write("audit-steps", move |tx| {
        async move { tx.execute(&STEPS, [batch.into(), now.0.into()]).await }.boxed()
    });
    sealed.await.map_err(|error| participant.error(error))
}

async fn correct_counts(
    databases: &AuditDatabases,
    epoch: Epoch,
    repaired: &mut Repaired,
) -> Result<(), AuditError> {
    let mut after = i64::MIN;
    loop {
        let counted = counts::look(databases, after).await?;
        let corrections: Vec<_> = counted.differences.iter().filter_map(correction).collect();
        for corrections in corrections.chunks(COUNTS_MAX) {
            // No saga was started between the look and now, so what was read belongs together. One that is started
            // after this check is harmless: it and the correction are both deltas.
            if current_epoch(&databases.coordinator).await? != epoch {
                repaired.was_interrupted = true;
                return Ok(());
            }
            repaired.counts += correct(&databases.article, corrections).await?;
        }
        match counted.next {
            Some(next) => after = next,
            None => return Ok(()),
        }
    }
}

/// The article, the count that was read, and by how much it is wrong.
fn correction(difference: &Difference) -> Option<(i64, i64, i64)> {
    match *difference {
        Difference::Count {
            article,
            count,
            expected,
            open_sagas: 0,
            ..
        } => Some((article.0, count, expected.saturating_sub(count))),
        _ => None,
    }
}

async fn correct(source: &Source, corrections: &[(i64, i64, i64)]) -> Result<u64, AuditError> {
    let batch = Batch::default()
        .ints(
            "article_id",
            corrections.iter().map(|correction| correction.0),
        )
        .ints("was", corrections.iter().map(|correction| correction.1))
        .ints("delta", corrections.iter().map(|correction| correction.2));
    let corrected = source.database.write("audit-counts", move |tx| {
        async move { tx.execute(&COUNTS, [batch.into()]).await }.boxed()
    });
    corrected.await.map_err(|error| source.error(error))
}

async fn current_epoch(log: &Source) -> Result<Epoch, AuditError> {
    let rows = log.rows(&EPOCH, []).await?;
    let row = rows
        .first()
        .ok_or_else(|| StoreError::Invariant("the log has no lease row".to_owned()));
    let epoch = row
        .and_then(|row| row.int(0))
        .map_err(|error| log.error(error))?;
    Ok(Epoch(epoch))
}
