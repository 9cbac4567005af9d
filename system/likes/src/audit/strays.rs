//! Finds steps that are done in a service although the log does not have their saga.
//!
//! A page of barrier rows is read before the log. A saga is committed to the log before its first step is sent, so the
//! comparison is exact even while the services run.

use std::collections::BTreeSet;

use likewise_barrier::BarrierState;
use likewise_saga::{
    id::SagaId,
    store::{Batch, Row, Sql, StoreError, sql},
};
use serde_json::Value;
use uuid::Uuid;

use super::{
    AuditDatabases, AuditError, AuditReport, Difference, databases::Source, retention, tables::PAGE,
};
use crate::id::ArticleId;

static STEPS: Sql = sql!("audit_steps");
static SAGAS_EXIST: Sql = sql!("audit_sagas_exist");

/// A barrier row.
struct Step {
    saga: SagaId,
    step: i64,
    is_done: bool,
    article: Option<ArticleId>,
}

/// Reads all barrier rows of both services.
pub(super) async fn find(
    databases: &AuditDatabases,
    report: &mut AuditReport,
) -> Result<(), AuditError> {
    for participant in databases.participants() {
        let mut after = (Uuid::nil(), i64::MIN);
        loop {
            let steps = page(participant, after).await?;
            let Some(last) = steps.last() else {
                break;
            };
            after = (last.saga.0, last.step);
            compare(&databases.coordinator, participant, &steps, report).await?;
        }
    }
    Ok(())
}

async fn page(participant: &Source, (saga, step): (Uuid, i64)) -> Result<Vec<Step>, AuditError> {
    let args = [saga.to_string().into(), step.into(), i64::from(PAGE).into()];
    let rows = participant.rows(&STEPS, args).await?;
    let steps: Result<_, _> = rows.iter().map(read).collect();
    steps.map_err(|error| participant.error(error))
}

fn read(row: &Row) -> Result<Step, StoreError> {
    Ok(Step {
        saga: SagaId(row.uuid(0)?),
        step: row.int(1)?,
        is_done: row.int(2)? == BarrierState::Done.code(),
        article: row.opt_text(3)?.and_then(article_of),
    })
}

/// The article in the undo data of a step. The article service stores `{"article_id": …}`, the user service
/// `{"made": {"article_id": …}}`. Most rows of PostgreSQL have none; their articles are known from the log and the records.
fn article_of(undo_data: &str) -> Option<ArticleId> {
    let undo_data: Value = serde_json::from_str(undo_data).ok()?;
    let inner = || {
        undo_data
            .as_object()?
            .values()
            .find_map(|value| value.get("article_id"))
    };
    let article = undo_data.get("article_id").or_else(inner)?;
    article.as_i64().map(ArticleId)
}

async fn compare(
    log: &Source,
    participant: &Source,
    steps: &[Step],
    report: &mut AuditReport,
) -> Result<(), AuditError> {
    let ids: BTreeSet<Uuid> = steps.iter().map(|step| step.saga.0).collect();
    let batch = Batch::default().uuids("id", ids);
    let rows = log.rows(&SAGAS_EXIST, [batch.into()]).await?;
    let existing: Result<BTreeSet<Uuid>, _> = rows.iter().map(|row| row.uuid(0)).collect();
    let existing = existing.map_err(|error| log.error(error))?;
    // Read after the log: the sagas that were deleted before are below it.
    let below = retention::below(log).await?;
    for step in steps {
        report.checked.steps += 1;
        if let Some(article) = step.article {
            report.see_article(article);
        }
        let may_be_deleted = Some(step.saga) < below;
        if step.is_done && !may_be_deleted && !existing.contains(&step.saga.0) {
            report.add(Difference::StepWithoutSaga {
                saga: step.saga,
                step: step.step,
                service: participant.service,
            });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_article_of_undo_data_is_found_for_both_services() {
        assert_eq!(
            article_of(r#"{"article_id":7,"delta":1}"#),
            Some(ArticleId(7))
        );
        let made = r#"{"made":{"article_id":8,"created_at":1,"id":"x","user_id":2}}"#;
        assert_eq!(article_of(made), Some(ArticleId(8)));
        assert_eq!(article_of("null"), None);
        assert_eq!(article_of("torn"), None);
    }
}
