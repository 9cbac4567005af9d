//! The routes of the transaction log.

use std::sync::Arc;

use axum::{Json, Router, extract::State, routing::get};
use likewise_saga::{
    executor::SagaProgress,
    http::{PageQuery, PathText, Problem},
    id::SagaId,
    log::{SagaRow, StatusFilter, StoredSaga, stored_id},
};
use serde::Serialize;
use tokio::sync::watch;

use super::item::Item;
use crate::coordinator::instance::Coordinator;

/// What is known of a transaction whose start the log has not confirmed yet. A 404 would say that nothing was done.
const UNCONFIRMED: &str = "The start of this transaction is not confirmed yet; ask again. If it was not started, the answer will be 404.";

/// `GET /v1/transactions` and `GET /v1/transactions/{transaction_id}`.
pub(in crate::coordinator) fn routes() -> Router<Arc<Coordinator>> {
    Router::new()
        .route("/v1/transactions", get(list))
        .route("/v1/transactions/{transaction_id}", get(find))
}

/// `GET /v1/transactions/{transaction_id}`
async fn find(
    State(coordinator): State<Arc<Coordinator>>,
    PathText(id): PathText,
) -> Result<Json<Item>, Problem> {
    let id = saga_id("path", "transaction_id", &id)?;
    // Asked before the log: a saga that is registered but not in the log is about to be started.
    let is_driven = coordinator.progress(id).is_some();
    let stored = coordinator.log.find(id).await?;
    let stored = stored.ok_or_else(|| match is_driven {
        true => Problem::in_doubt(UNCONFIRMED, id),
        false => Problem::transaction_not_found(id),
    })?;
    let stored = stored.map(|row| coordinator.settled(row));
    Ok(Json(coordinator.show(stored)))
}

/// One page of transactions.
#[derive(Debug, Serialize)]
struct TransactionPage {
    items: Vec<Item>,
    /// The value of `after` for the next page; null on the last page.
    next: Option<SagaId>,
}

/// `GET /v1/transactions?status=pending|done|failed&after=&limit=`
///
/// Filters by the status in the log, so that every saga is in exactly one list. A saga that has just been
/// settled moves to another list when its status change is logged, a few milliseconds later.
async fn list(
    State(coordinator): State<Arc<Coordinator>>,
    page: PageQuery,
) -> Result<Json<TransactionPage>, Problem> {
    let filter = status_filter(page.status())?;
    let page = page.page(|after| saga_id("query", "after", after))?;
    let rows = coordinator.log.list(filter, page).await?;
    let is_full = rows.len() == page.limit as usize;
    let next = rows.iter().rev().find_map(stored_id).filter(|_| is_full);
    let items = rows
        .into_iter()
        .map(|stored| coordinator.show(stored))
        .collect();
    Ok(Json(TransactionPage { items, next }))
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

fn saga_id(location: &'static str, name: &str, text: &str) -> Result<SagaId, Problem> {
    text.parse()
        .map(SagaId)
        .map_err(|_| Problem::invalid(location, name, "must be a UUID"))
}

impl Coordinator {
    /// The row with its final state, if the saga is settled but the log does not have that state yet.
    fn settled(&self, mut row: SagaRow) -> SagaRow {
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

    /// The public view of a stored saga. The steps of a saga that is driven here are shown as they are now.
    fn show(&self, stored: StoredSaga) -> Item {
        let progress = stored_id(&stored).and_then(|id| self.progress(id));
        let progress = progress.map(|progress| progress.borrow().clone());
        Item::of(stored, progress)
    }
}
