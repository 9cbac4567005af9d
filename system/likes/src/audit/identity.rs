//! Compares the identity of the articles, the highest id that was given out, with the ids that are in use.
//!
//! An article database that was restored from an older backup has an older identity. It would give an id out again, and
//! the new article would have the likes of the old one.

use futures::FutureExt;
use likewise_saga::store::{Sql, StoreError, sql};

use super::{AuditDatabases, AuditError, AuditReport, Difference, databases::Source};
use crate::id::ArticleId;

static READ: Sql = sql!("identity_read");
static LOCK: Sql = sql!("identity_lock");
static RAISE: Sql = sql!("identity_raise");

/// Compares the identity with the highest id that the audit has seen.
pub(super) async fn compare(
    databases: &AuditDatabases,
    report: &mut AuditReport,
) -> Result<(), AuditError> {
    let identity = read(&databases.article).await?;
    match report.highest_article {
        Some(highest) if highest.0 > identity => {
            report.add(Difference::Identity { identity, highest });
        }
        _ => {}
    }
    Ok(())
}

async fn read(source: &Source) -> Result<i64, AuditError> {
    let rows = source.rows(&READ, []).await?;
    let row = rows
        .first()
        .ok_or_else(|| StoreError::Invariant("there is no identity".to_owned()));
    row.and_then(|row| row.int(0))
        .map_err(|error| source.error(error))
}

/// Raises the identity to `highest`, in one transaction. Returns the identity before, if it was lower.
pub(super) async fn raise(
    source: &Source,
    highest: Option<ArticleId>,
) -> Result<Option<i64>, AuditError> {
    let before = read(source).await?;
    let Some(highest) = highest.filter(|highest| highest.0 > before) else {
        return Ok(None);
    };
    let raised = source.database.write("audit-identity", move |tx| {
        async move {
            tx.execute(&LOCK, []).await?;
            tx.execute(&RAISE, [highest.0.into()]).await.map(drop)
        }
        .boxed()
    });
    raised.await.map_err(|error| source.error(error))?;
    Ok(Some(before))
}
