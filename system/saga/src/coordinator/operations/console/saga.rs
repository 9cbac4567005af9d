//! One saga: why it is open, what the log and the services say, what has happened, and what can be ordered.

use askama::Template;
use axum::{extract::Path, http::StatusCode};

use super::{
    Shared,
    audit::{Entry, entry},
    fields::{Query, indented},
    sagas::saga_id,
    sessions::Visitor,
    shell::{Page, Shell, render},
    timeline::{Moment, timeline},
    truths::Truth,
    words::{self, Badge},
};
use crate::{
    coordinator::{
        instance::Coordinator,
        operations::{action::Action, detail::Detail, inspection::Inspected, summary::Summary},
    },
    http::Problem,
    id::SagaId,
    time::Timestamp,
};

#[derive(Template)]
#[template(path = "saga.html")]
struct SagaPage {
    shell: Shell,
    id: String,
    states: Vec<Badge>,
    cause: String,
    /// The entry of the order that was just given.
    ordered: Option<Entry>,
    verdict: Option<Badge>,
    verdict_text: &'static str,
    facts: Vec<(&'static str, String)>,
    last_error: Option<String>,
    args: Option<String>,
    steps: Vec<Truth>,
    moments: Vec<Moment>,
    actions: Vec<Offer>,
    /// Whether its kind or a service is paused, and not the saga.
    paused_elsewhere: bool,
    /// Why no order is taken here.
    leader: Option<String>,
    read_at: String,
}

/// An order that can be given, or not.
struct Offer {
    path: &'static str,
    name: &'static str,
    text: &'static str,
    /// Why it is not allowed.
    refused: Option<String>,
}

/// `GET /console/sagas/{id}`
pub(super) async fn page(
    site: Shared,
    visitor: Visitor,
    Path(id): Path<String>,
    Query(fields): Query,
) -> Page {
    let saga = saga_id(&id)?;
    let coordinator = &site.coordinator;
    let inspected = coordinator.inspect(saga).await?;
    let now = coordinator.env.clock.now();
    let detail = Detail::of(&inspected, coordinator.order_tag, now);
    let page = SagaPage {
        shell: Shell::new("/console/sagas", &visitor),
        id: saga.to_string(),
        states: words::states(&detail.summary),
        cause: cause(&detail),
        ordered: ordered(coordinator, saga, fields.get("ordered")).await?,
        verdict: detail.verdict.map(words::verdict),
        verdict_text: words::verdict_text(detail.verdict, detail.summary.paused),
        facts: facts(&detail, &inspected),
        last_error: detail.summary.last_error.clone(),
        args: detail.args.as_ref().map(indented),
        steps: detail.steps.iter().map(Truth::of).collect(),
        moments: timeline(coordinator, saga, &inspected).await?,
        actions: offers(&inspected, now),
        paused_elsewhere: detail.summary.paused && !detail.summary.is_paused_itself(),
        leader: site.elsewhere(),
        read_at: words::moment(now),
    };
    Ok(render(StatusCode::OK, &page))
}

/// The entry with this number, if it is about this saga: a link must not make the page claim another order.
async fn ordered(
    coordinator: &Coordinator,
    saga: SagaId,
    number: Option<&str>,
) -> Result<Option<Entry>, Problem> {
    let Some(number) = number.and_then(|number| number.parse().ok()) else {
        return Ok(None);
    };
    let found = entry(coordinator, number).await?;
    Ok(found.filter(|entry| entry.is_saga && entry.target == saga.to_string()))
}

/// The first sentence of the page.
fn cause(detail: &Detail) -> String {
    let text = match (&detail.summary.cause, &detail.outcome_text) {
        (Some(cause), _) => cause.text.clone(),
        (None, Some(outcome)) => format!("it has ended: {outcome}"),
        (None, None) => "it has ended".to_owned(),
    };
    sentence(&text)
}

/// With a capital letter and a full stop.
fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(char::to_uppercase);
    let capital: String = first.into_iter().flatten().collect();
    let end = if text.ends_with(['.', '!', '?']) {
        ""
    } else {
        "."
    };
    format!("{capital}{}{end}", letters.as_str())
}

fn facts(detail: &Detail, inspected: &Inspected) -> Vec<(&'static str, String)> {
    let Summary {
        kind,
        subject,
        created_at,
        updated_at,
        deadline_at,
        age_seconds,
        next_attempt_at,
        ..
    } = &detail.summary;
    let age = age_seconds.map(words::span).unwrap_or_default();
    let facts = [
        ("Kind", kind.clone()),
        ("Subject", subject.clone()),
        (
            "Started",
            created_at.map(|at| format!("{}, {age} ago", words::moment(at))),
        ),
        ("Last change", updated_at.map(words::moment)),
        ("Deadline", deadline_at.map(words::moment)),
        (
            "Failed in a row",
            match detail.summary.attempts {
                0 => None,
                attempts => Some(attempts.to_string()),
            },
        ),
        ("Next attempt", next_attempt_at.map(words::moment)),
        (
            "Epoch of its last write",
            match inspected {
                Inspected::Readable(inspection) => Some(inspection.row.epoch.0.to_string()),
                Inspected::Unreadable(_) => None,
            },
        ),
    ];
    let known = facts.into_iter();
    known
        .filter_map(|(name, fact)| Some((name, fact?)))
        .collect()
}

fn offers(inspected: &Inspected, now: Timestamp) -> Vec<Offer> {
    let Inspected::Readable(inspection) = inspected else {
        return Vec::new();
    };
    let is_late = inspection.is_late(now);
    let offer = |action: Action| Offer {
        path: action.path(),
        name: words::action(action),
        text: words::action_text(action, is_late),
        refused: action.allowed(inspection).err(),
    };
    let shown = |action: &Action| *action != Action::Resume || inspection.is_paused;
    let shown = Action::ALL.into_iter().filter(shown);
    let shown = shown.filter(|action| *action != Action::Pause || !inspection.is_paused);
    shown.map(offer).collect()
}
