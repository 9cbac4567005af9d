//! One order for many sagas: a filter, the estimate, the order, and how far it is.

use askama::Template;
use axum::{
    extract::Path,
    http::StatusCode,
    response::{IntoResponse, Redirect},
};
use uuid::Uuid;

use super::{
    Shared,
    fields::{Fields, Form, Query},
    sagas::FilterForm,
    sessions::Visitor,
    shell::{Page, Shell, render, require_operate},
    words,
};
use crate::{
    coordinator::operations::{
        action::Action,
        batch::{Batch, BatchRequest, BatchResult, BatchState, Estimate},
    },
    http::Problem,
};

/// The results that a page shows, the latest first.
const RESULTS_SHOWN: usize = 500;

#[derive(Template)]
#[template(path = "batches.html")]
struct BatchesPage {
    shell: Shell,
    form: FilterForm,
    action: String,
    batches: Vec<BatchView>,
    /// Why there is no list.
    elsewhere: Option<String>,
}

#[derive(Template)]
#[template(path = "batch_estimate.html")]
struct EstimatePage {
    shell: Shell,
    form: FilterForm,
    action: &'static str,
    name: &'static str,
    text: &'static str,
    is_danger: bool,
    matching: usize,
    refused: usize,
    replaced: usize,
    /// The ids with the subjects.
    sagas: Vec<(String, String)>,
    more: usize,
    reason: String,
    error: Option<String>,
}

#[derive(Template)]
#[template(path = "batch.html")]
struct BatchPage {
    shell: Shell,
    batch: BatchView,
    results: Vec<ResultView>,
    is_cut: bool,
    read_at: String,
}

/// A batch in words.
struct BatchView {
    id: String,
    name: &'static str,
    reason: String,
    actor: String,
    started: String,
    ended: Option<String>,
    state: &'static str,
    is_running: bool,
    total: usize,
    seen: usize,
    done: usize,
    refused: usize,
}

struct ResultView {
    saga: String,
    subject: String,
    audit: Option<i64>,
    refused: Option<String>,
}

impl BatchView {
    fn of(batch: &Batch) -> Self {
        let (state, is_running) = match batch.state {
            BatchState::Running => ("running", true),
            BatchState::Stopping => ("stopping", true),
            BatchState::Stopped => ("stopped", false),
            BatchState::Done => ("done", false),
        };
        Self {
            id: batch.id.to_string(),
            name: words::action(batch.action),
            reason: batch.reason.clone(),
            actor: batch.actor.clone(),
            started: words::moment(batch.started_at),
            ended: batch.ended_at.map(words::moment),
            state,
            is_running,
            total: batch.total,
            seen: batch.results.len(),
            done: batch.done,
            refused: batch.refused,
        }
    }
}

impl ResultView {
    fn of(result: &BatchResult) -> Self {
        Self {
            saga: result.saga.to_string(),
            subject: result.subject.clone().unwrap_or_default(),
            audit: result.audit,
            refused: result.refused.clone(),
        }
    }
}

/// `GET /console/batches`
pub(super) async fn list(site: Shared, visitor: Visitor, Query(fields): Query) -> Page {
    let (batches, elsewhere) = match site.coordinator.batches() {
        Ok(batches) => (batches.iter().map(BatchView::of).collect(), None),
        Err(problem) => (Vec::new(), Some(problem.detail().to_owned())),
    };
    let page = BatchesPage {
        shell: Shell::new("/console/batches", &visitor),
        form: FilterForm::of(&site, &fields),
        action: fields.text("action"),
        batches,
        elsewhere,
    };
    Ok(render(StatusCode::OK, &page))
}

/// `GET /console/batches/new?action=&state=&…`
pub(super) async fn estimate(site: Shared, visitor: Visitor, Query(fields): Query) -> Page {
    require_operate(&visitor)?;
    let page = estimated(&site, &visitor, &fields, None).await?;
    Ok(render(StatusCode::OK, &page))
}

/// `POST /console/batches`
pub(super) async fn start(site: Shared, visitor: Visitor, Form(fields): Form) -> Page {
    let request = BatchRequest {
        action: action(&fields)?,
        filter: FilterForm::of(&site, &fields).text(),
        reason: Some(fields.text("reason")),
        at_most: fields.get("at_most").and_then(|number| number.parse().ok()),
    };
    let actor = visitor.operator.name.to_string();
    match site.coordinator.start_batch(actor, request).await {
        Ok(batch) => Ok(to_batch(batch.id).into_response()),
        Err(problem) => {
            let error = problem.detail().to_owned();
            let page = estimated(&site, &visitor, &fields, Some(error)).await;
            // Without a new estimate, the first problem says why.
            let page = page.map_err(|_| problem.clone())?;
            Ok(render(problem.status(), &page))
        }
    }
}

async fn estimated(
    site: &Shared,
    visitor: &Visitor,
    fields: &Fields,
    error: Option<String>,
) -> Result<EstimatePage, Problem> {
    let (action, form) = (action(fields)?, FilterForm::of(site, fields));
    let request = BatchRequest {
        action,
        filter: form.text(),
        reason: None,
        at_most: None,
    };
    let estimate = site.coordinator.estimate(&request).await?;
    Ok(EstimatePage {
        shell: Shell::new("/console/batches", visitor),
        form,
        action: action.path(),
        name: words::action(action),
        text: words::action_text(action, false),
        is_danger: action.is_danger(),
        more: estimate.matching - estimate.sagas.len(),
        matching: estimate.matching,
        refused: estimate.refused,
        replaced: estimate.replaced,
        sagas: named(&estimate),
        reason: fields.text("reason"),
        error,
    })
}

fn named(estimate: &Estimate) -> Vec<(String, String)> {
    let ids = estimate.sagas.iter().map(ToString::to_string);
    let subjects = estimate.subjects.iter().cloned();
    ids.zip(subjects.map(Option::unwrap_or_default)).collect()
}

fn action(fields: &Fields) -> Result<Action, Problem> {
    let unknown = || {
        let reason = "must be retry, abort, force-complete, pause or resume";
        Problem::invalid("query", "action", reason)
    };
    Action::of_path(fields.get("action").unwrap_or_default()).ok_or_else(unknown)
}

/// `GET /console/batches/{id}`
pub(super) async fn page(site: Shared, visitor: Visitor, Path(id): Path<String>) -> Page {
    let batch = site.coordinator.batch(batch_id(&id)?)?;
    let results = batch.results.iter().rev().take(RESULTS_SHOWN);
    let page = BatchPage {
        shell: Shell::new("/console/batches", &visitor),
        results: results.map(ResultView::of).collect(),
        is_cut: batch.results.len() > RESULTS_SHOWN,
        batch: BatchView::of(&batch),
        read_at: words::moment(site.coordinator.env.clock.now()),
    };
    Ok(render(StatusCode::OK, &page))
}

/// `POST /console/batches/{id}/stop`
pub(super) async fn stop(site: Shared, Path(id): Path<String>, _: Form) -> Page {
    let batch = site.coordinator.stop_batch(batch_id(&id)?)?;
    Ok(to_batch(batch.id).into_response())
}

fn to_batch(id: Uuid) -> Redirect {
    Redirect::to(&format!("/console/batches/{id}"))
}

fn batch_id(text: &str) -> Result<Uuid, Problem> {
    text.parse()
        .map_err(|_| Problem::invalid("path", "id", "must be a UUID"))
}
