//! The routes of the transaction log.

use std::sync::Arc;

use axum::{Json, Router, extract::State, http::request::Parts, response::Response, routing::get};
use serde::Serialize;
use tokio::sync::watch;

use super::{events, item::Item};
use crate::{
    coordinator::instance::Coordinator,
    executor::SagaProgress,
    http::{IfNoneMatch, PageQuery, PathText, Problem},
    id::SagaId,
    log::{EndCursor, EndsPage, FoundSaga, SagaRow, StatusFilter, StoredSaga, stored_id},
};

/// What is known of a transaction whose start the log has not confirmed yet. A 404 would say that nothing was done.
const UNCONFIRMED: &str = "The start of this transaction is not confirmed yet; ask again. If it was not started, the answer will be 404.";

/// `GET /v1/transactions`, `GET /v1/transactions/{transaction_id}` and the events of a transaction.
pub(in crate::coordinator) fn routes() -> Router<Arc<Coordinator>> {
    Router::new()
        .route("/v1/transactions", get(list))
        .route("/v1/transactions/{transaction_id}", get(find))
        .route(
            "/v1/transactions/{transaction_id}/events",
            get(events::events),
        )
}

/// `GET /v1/transactions/{transaction_id}`
async fn find(
    State(coordinator): State<Arc<Coordinator>>,
    PathText(id): PathText,
    known: IfNoneMatch,
    request: Parts,
) -> Result<Response, Problem> {
    let id = saga_id("path", "transaction_id", &id)?;
    let user = (coordinator.product.client)(&request)?;
    // Asked before the log: a saga that is registered but not in the log is about to be started.
    let is_driven = coordinator.progress(id).is_some();
    let stored = coordinator.stored(id, is_driven).await?;
    let stored = stored.map(|row| coordinator.settled(row));
    Ok(known.answer(&FoundTransaction {
        item: coordinator.show(stored),
        events: coordinator.events_url(id, user.as_deref()),
    }))
}

/// One transaction, and where to follow it.
#[derive(Debug, Serialize)]
struct FoundTransaction {
    #[serde(flatten)]
    item: Item,
    events: String,
}

/// One page of transactions.
#[derive(Debug, Serialize)]
struct TransactionPage {
    items: Vec<Item>,
    /// The value of `after` for the next page; null on the last page. In the order of the ends it is the place up to
    /// which the reader has read, also on the last page.
    next: Option<String>,
}

/// `GET /v1/transactions?status=pending|done|failed&after=&limit=`, or `?order=end&after=&limit=`
async fn list(
    State(coordinator): State<Arc<Coordinator>>,
    query: PageQuery,
) -> Result<Json<TransactionPage>, Problem> {
    match query.order() {
        None => list_by_start(&coordinator, &query).await.map(Json),
        Some("end") => list_by_end(&coordinator, &query).await.map(Json),
        Some(_) => Err(Problem::invalid("query", "order", "must be end")),
    }
}

/// The transactions in the order of their starts.
///
/// Filters by the status in the log, so that every saga is in exactly one list. A saga that has just been
/// settled moves to another list when its status change is logged, a few milliseconds later.
async fn list_by_start(
    coordinator: &Coordinator,
    query: &PageQuery,
) -> Result<TransactionPage, Problem> {
    let filter = status_filter(query.status())?;
    let page = query.page(|after| saga_id("query", "after", after))?;
    let rows = coordinator.log.list(filter, page).await?;
    let is_full = rows.len() == page.limit as usize;
    let last = rows.iter().rev().find_map(stored_id);
    let next = last.filter(|_| is_full).map(|id| id.to_string());
    let items = rows
        .into_iter()
        .map(|stored| coordinator.show(stored))
        .collect();
    Ok(TransactionPage { items, next })
}

/// The ended transactions in the order in which their ends were committed, for a reader that follows the log.
async fn list_by_end(
    coordinator: &Coordinator,
    query: &PageQuery,
) -> Result<TransactionPage, Problem> {
    if query.status().is_some() {
        let reason = "cannot be combined with order=end, which lists ended transactions only";
        return Err(Problem::invalid("query", "status", reason));
    }
    let page = query.page(end_cursor)?;
    let EndsPage::Listed(rows) = coordinator.log.list_kept_ends(page).await? else {
        return Err(Problem::ends_deleted());
    };
    let last = rows.iter().rev().find_map(|(cursor, _)| *cursor);
    let next = last.or(page.after).map(|cursor| cursor.to_string());
    let items = rows
        .into_iter()
        .map(|(_, stored)| coordinator.show(stored))
        .collect();
    Ok(TransactionPage { items, next })
}

fn end_cursor(text: &str) -> Result<EndCursor, Problem> {
    let reason = "must be the value of next of an earlier page with order=end";
    text.parse()
        .map_err(|_| Problem::invalid("query", "after", reason))
}

fn status_filter(status: Option<&str>) -> Result<StatusFilter, Problem> {
    match status {
        None => Ok(StatusFilter::All),
        Some("pending") => Ok(StatusFilter::Pending),
        Some("done") => Ok(StatusFilter::Done),
        Some("failed") => Ok(StatusFilter::Failed),
        Some(_) => Err(Problem::invalid(
            "query",
            "status",
            "must be pending, done or failed",
        )),
    }
}

pub(super) fn saga_id(location: &'static str, name: &str, text: &str) -> Result<SagaId, Problem> {
    text.parse()
        .map(SagaId)
        .map_err(|_| Problem::invalid(location, name, "must be a UUID"))
}

impl Coordinator {
    /// The saga in the log.
    ///
    /// # Errors
    /// There is none, or it was deleted, or its start is not confirmed yet. `is_driven` was asked before.
    pub(super) async fn stored(&self, id: SagaId, is_driven: bool) -> Result<StoredSaga, Problem> {
        match self.log.look_up(id).await? {
            FoundSaga::Stored(stored) => Ok(*stored),
            FoundSaga::Absent | FoundSaga::Collected if is_driven => {
                Err(Problem::in_doubt(UNCONFIRMED, id))
            }
            FoundSaga::Absent => Err(Problem::transaction_not_found(id)),
            FoundSaga::Collected => Err(Problem::transaction_deleted(id)),
        }
    }

    /// The row with its final state, if the saga is settled but the log does not have that state yet.
    pub(super) fn settled(&self, mut row: SagaRow) -> SagaRow {
        let Some(progress) = self.progress(row.id) else {
            return row;
        };
        let progress = progress.borrow();
        if row.status.is_open() && progress.outcome.is_some() {
            row.status = progress.status;
            row.outcome.clone_from(&progress.outcome);
            row.steps = Some(progress.steps.clone());
        }
        row
    }

    /// The progress of a saga that this coordinator drives.
    fn progress(&self, saga: SagaId) -> Option<watch::Receiver<SagaProgress>> {
        self.leadership.term()?.executor.registry().get(saga)
    }

    /// The progress of a saga that this coordinator drives, which wakes its watchers by every change.
    pub(super) fn follow(&self, saga: SagaId) -> Option<watch::Receiver<SagaProgress>> {
        self.leadership.term()?.executor.registry().follow(saga)
    }

    /// The public view of a stored saga. The steps of a saga that is driven here are shown as they are now.
    pub(super) fn show(&self, stored: StoredSaga) -> Item {
        let progress = stored_id(&stored).and_then(|id| self.progress(id));
        let progress = progress.map(|progress| progress.borrow().clone());
        Item::of(stored, progress, self.product.define)
    }
}
