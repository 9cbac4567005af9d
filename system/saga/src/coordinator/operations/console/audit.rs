//! What operators ordered, the latest first.

use askama::Template;
use axum::http::StatusCode;

use super::{
    Shared,
    fields::{Query, query},
    sessions::Visitor,
    shell::{Page, Shell, render},
    words,
};
use crate::{
    coordinator::instance::Coordinator,
    http::Problem,
    id::SagaId,
    log::{AuditEntry, AuditFilter, SETTLED},
};

/// The entries of a page.
const PAGE_ENTRIES: u32 = 50;

#[derive(Template)]
#[template(path = "audit.html")]
struct AuditPage {
    shell: Shell,
    saga: String,
    error: Option<String>,
    entries: Vec<Entry>,
    /// The query of the page with earlier entries.
    earlier: Option<String>,
    /// Whether this is not the first page.
    is_later: bool,
}

/// An entry in words.
pub(super) struct Entry {
    pub(super) number: i64,
    pub(super) at: String,
    pub(super) epoch: i64,
    pub(super) actor: String,
    pub(super) action: String,
    /// What follows from it, for an order that was just given.
    pub(super) follows: &'static str,
    /// Whether it says how an order ended.
    pub(super) is_settled: bool,
    pub(super) is_saga: bool,
    pub(super) scope: String,
    pub(super) target: String,
    pub(super) reason: String,
    pub(super) batch: Option<String>,
    pub(super) before: String,
    pub(super) after: String,
    pub(super) truth: String,
}

impl Entry {
    pub(super) fn of(entry: &AuditEntry) -> Self {
        Self {
            number: entry.number,
            at: words::moment(entry.at),
            epoch: entry.epoch,
            actor: entry.actor.clone(),
            action: words::audited(&entry.action),
            follows: words::follows(&entry.action),
            is_settled: entry.action == SETTLED,
            is_saga: entry.scope == "saga",
            scope: entry.scope.clone(),
            target: entry.target.clone(),
            reason: entry.reason.clone(),
            batch: entry.batch.clone(),
            before: words::json(&entry.before),
            after: words::json(&entry.after),
            truth: words::json(&entry.truth),
        }
    }
}

/// The latest entries below a number.
///
/// # Errors
/// The log cannot be read.
pub(super) async fn latest(
    coordinator: &Coordinator,
    saga: Option<SagaId>,
    before: i64,
    limit: u32,
) -> Result<Vec<Entry>, Problem> {
    let filter = AuditFilter {
        saga,
        limit,
        before: Some(before),
        ..AuditFilter::default()
    };
    let entries = coordinator.audit(&filter).await?;
    Ok(entries.iter().map(Entry::of).collect())
}

/// The entry with a number.
///
/// # Errors
/// The log cannot be read.
pub(super) async fn entry(
    coordinator: &Coordinator,
    number: i64,
) -> Result<Option<Entry>, Problem> {
    let entries = latest(coordinator, None, number.saturating_add(1), 1).await?;
    Ok(entries.into_iter().find(|entry| entry.number == number))
}

/// `GET /console/audit?saga=&before=`
pub(super) async fn page(site: Shared, visitor: Visitor, Query(fields): Query) -> Page {
    let before = fields.get("before").and_then(|number| number.parse().ok());
    let saga = fields.get("saga").map(|text| text.parse().map(SagaId));
    let mut page = AuditPage {
        shell: Shell::new("/console/audit", &visitor),
        saga: fields.text("saga"),
        error: None,
        entries: Vec::new(),
        earlier: None,
        is_later: before.is_some(),
    };
    let Ok(saga) = saga.transpose() else {
        page.error = Some("The id of a saga is a UUID.".to_owned());
        return Ok(render(StatusCode::UNPROCESSABLE_ENTITY, &page));
    };
    let from = before.unwrap_or(i64::MAX);
    page.entries = latest(&site.coordinator, saga, from, PAGE_ENTRIES).await?;
    let is_full = page.entries.len() == PAGE_ENTRIES as usize;
    let last = page
        .entries
        .last()
        .filter(|entry| is_full && entry.number > 1);
    let last = last.map(|entry| entry.number.to_string());
    page.earlier = last.map(|number| query(&[("saga", &page.saga), ("before", &number)]));
    Ok(render(StatusCode::OK, &page))
}
