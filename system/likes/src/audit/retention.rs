//! What retention has deleted, or may have.
//!
//! Below the retention watermark of the log, a saga may have no barrier rows any more, and a barrier row may have no saga. The
//! watermark is stored in the log before a participant gets it. So a participant with a higher one has another history than the
//! log: one of the two was restored from another backup.

use likewise_saga::{
    id::SagaId,
    store::{Sql, StoreError, sql},
};
use uuid::Uuid;

use super::{AuditDatabases, AuditError, AuditReport, Difference, databases::Source};

static BELOW: Sql = sql!("audit_retention");
static WATERMARK: Sql = sql!("audit_watermark");

/// The retention watermark of the log. `None` if nothing was ever deleted.
pub(super) async fn below(log: &Source) -> Result<Option<SagaId>, AuditError> {
    read(log, &BELOW).await
}

/// Compares the watermarks of the participants with that of the log.
pub(super) async fn compare(
    databases: &AuditDatabases,
    report: &mut AuditReport,
) -> Result<(), AuditError> {
    for participant in databases.participants() {
        let watermark = read(participant, &WATERMARK).await?;
        // Read afterwards: a leader may be raising both.
        report.deleted_below = below(&databases.coordinator).await?;
        if let Some(watermark) = watermark.filter(|_| watermark > report.deleted_below) {
            report.add(Difference::WatermarkAhead {
                watermark,
                log: report.deleted_below,
                service: participant.service,
            });
        }
    }
    Ok(())
}

/// The nil id stands for no watermark.
async fn read(source: &Source, statement: &'static Sql) -> Result<Option<SagaId>, AuditError> {
    let rows = source.rows(statement, []).await?;
    let row = rows
        .first()
        .ok_or_else(|| StoreError::Invariant("there is no row of the watermark".to_owned()));
    let text = row.and_then(|row| row.opt_text(0));
    let text = text.map_err(|error| source.error(error))?;
    let id: Option<Uuid> = text.map(str::parse).transpose().map_err(|_| {
        source.error(StoreError::Invariant(
            "the watermark is no id of a saga".to_owned(),
        ))
    })?;
    Ok(id.filter(|id| !id.is_nil()).map(SagaId))
}
