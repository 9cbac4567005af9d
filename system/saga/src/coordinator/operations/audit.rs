//! Who ordered what, when and why: the audit as JSON, from the oldest entry on or from the newest.

use std::sync::Arc;

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use serde_json::json;

use super::routes::{flag, limit, saga_id, with_next};
use crate::{
    coordinator::instance::Coordinator,
    http::{Problem, QueryPairs},
    id::SagaId,
    log::{AuditEntry, AuditFilter},
    store::StoreError,
};

impl Coordinator {
    /// Lists entries of the audit. A log that takes no orders has none.
    ///
    /// # Errors
    /// The log cannot be read.
    pub(super) async fn audit(&self, filter: &AuditFilter) -> Result<Vec<AuditEntry>, StoreError> {
        match self.log.operations() {
            Some(log) => log.audit(filter).await,
            None => Ok(Vec::new()),
        }
    }
}

/// `GET /admin/v1/audit?saga=&after=&newest=&before=&limit=`
pub(super) async fn list(
    State(coordinator): State<Arc<Coordinator>>,
    query: QueryPairs,
) -> Result<Response, Problem> {
    let filter = filter(&query)?;
    let entries = coordinator.audit(&filter).await?;
    let last = entries.last().map(|entry| entry.number);
    let is_full = entries.len() == filter.limit as usize;
    let next = last.filter(|_| is_full).map(|last| next(&filter, last));
    let body = json!({"entries": entries, "next": next});
    Ok(with_next(Json(body).into_response(), next.as_deref()))
}

fn filter(query: &QueryPairs) -> Result<AuditFilter, Problem> {
    let saga = query.one("saga")?;
    let saga: Option<SagaId> = saga
        .map(|saga| saga_id("query", "saga", &saga))
        .transpose()?;
    let (after, before) = (number(query, "after")?, number(query, "before")?);
    let newest = flag(query, "newest")? || before.is_some();
    if newest && after.is_some() {
        let reason = "cannot be given with newest or before: these list from the newest entry on";
        return Err(Problem::invalid("query", "after", reason));
    }
    Ok(AuditFilter {
        saga,
        after: after.unwrap_or(0),
        limit: u32::try_from(limit(query)?).unwrap_or(u32::MAX),
        before: newest.then(|| before.unwrap_or(i64::MAX)),
    })
}

fn number(query: &QueryPairs, name: &'static str) -> Result<Option<i64>, Problem> {
    let Some(text) = query.one(name)? else {
        return Ok(None);
    };
    let number = text.parse().ok().filter(|number| *number >= 0);
    let invalid = || Problem::invalid("query", name, "must be the number of an entry");
    number.ok_or_else(invalid).map(Some)
}

/// The path of the next page.
fn next(filter: &AuditFilter, last: i64) -> String {
    let of_saga = filter.saga.map(|saga| format!("&saga={saga}"));
    let of_saga = of_saga.unwrap_or_default();
    let limit = filter.limit;
    match filter.before {
        Some(_) => format!("/admin/v1/audit?before={last}&limit={limit}{of_saga}"),
        None => format!("/admin/v1/audit?after={last}&limit={limit}{of_saga}"),
    }
}
