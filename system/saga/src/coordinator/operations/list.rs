//! Lists of sagas.

use serde::Serialize;

use super::{
    filter::Filter,
    inspection::progress,
    summary::{Context, Summary},
};
use crate::{
    coordinator::instance::Coordinator, http::Problem, id::SagaId, log::stored_id, store::Page,
};

/// The number of rows that one query reads.
const QUERY_ROWS: u32 = 256;
/// The number of rows that one request looks at. A filter that matches few sagas of a large log then gives a short page with a
/// cursor, and not a request without an end.
const ROWS_MAX: usize = 10_000;

/// A page of sagas.
#[derive(Debug, Serialize)]
pub(super) struct SagaPage {
    pub(super) sagas: Vec<Summary>,
    /// The value of `after` for the next page. `None` at the end.
    #[serde(skip)]
    pub(super) next: Option<SagaId>,
}

impl Coordinator {
    /// Lists the sagas that a filter lets through, by id.
    ///
    /// # Errors
    /// The log cannot be read.
    pub(super) async fn list_sagas(
        &self,
        filter: &Filter,
        after: Option<SagaId>,
        limit: usize,
    ) -> Result<SagaPage, Problem> {
        let term = self.leadership.term();
        let orders = term.as_ref().map(|term| term.executor.controls().orders());
        let orders = orders.unwrap_or_default();
        let now = self.env.clock.now();
        let (mut sagas, mut page) = (
            Vec::new(),
            Page {
                after,
                limit: QUERY_ROWS,
            },
        );
        for _ in 0..ROWS_MAX / QUERY_ROWS as usize {
            let rows = self.log.list(filter.rows(), page).await?;
            let is_last = rows.len() < QUERY_ROWS as usize;
            for stored in rows {
                page.after = stored_id(&stored).or(page.after);
                let progress = stored_id(&stored).and_then(|saga| progress(term.as_ref(), saga));
                let context = Context {
                    progress: progress.as_ref(),
                    orders: &orders,
                    now,
                };
                let (summary, definition) = match self.defined(stored) {
                    Ok((row, definition)) => {
                        (Summary::of(&row, &definition, &context), Some(definition))
                    }
                    Err(row) => (Summary::of_unreadable(&row, now), None),
                };
                // A saga that is settled here is as good as ended: its entry is on the way to the log.
                let is_settled = progress.is_some_and(|progress| progress.outcome.is_some());
                if !is_settled && filter.matches(&summary, definition.as_ref()) {
                    sagas.push(summary);
                    if sagas.len() == limit {
                        return Ok(SagaPage {
                            sagas,
                            next: page.after,
                        });
                    }
                }
            }
            if is_last {
                return Ok(SagaPage { sagas, next: None });
            }
        }
        Ok(SagaPage {
            sagas,
            next: page.after,
        })
    }
}
