//! The deliveries of alerts, the newest alerts first.

use std::borrow::Cow;

use askama::Template;
use axum::{
    extract::Path,
    http::StatusCode,
    response::{IntoResponse, Redirect},
};

use super::{
    Shared,
    fields::{Fields, Form, Query, query},
    sessions::Visitor,
    shell::{Page, Shell, render},
    words::{self, Badge},
};
use crate::{
    alerts::{AlertId, AlertKind, Delivery, DeliveryState},
    coordinator::operations::act::reason,
    http::Problem,
    store,
};

/// The deliveries of a page.
const PAGE_DELIVERIES: u32 = 50;

#[derive(Template)]
#[template(path = "deliveries.html")]
struct DeliveriesPage {
    shell: Shell,
    state: String,
    /// The states that a filter names, with their words.
    states: [(&'static str, Cow<'static, str>); 3],
    deliveries: Vec<Line>,
    error: Option<String>,
    /// The id of the alert that is sent again.
    resent: Option<String>,
    /// The query of the next page.
    next: Option<String>,
}

/// A delivery in words.
struct Line {
    id: String,
    what: String,
    saga: String,
    subject: String,
    at: String,
    state: Badge,
    is_pending: bool,
    attempts: u32,
    /// What is known of the last attempt, or of the next.
    note: String,
    resends: u32,
}

impl Line {
    fn of(delivery: &Delivery) -> Self {
        let alert = &delivery.alert;
        let next = words::moment(delivery.next_attempt_at);
        let note = match (delivery.state, delivery.delivered_at, &delivery.last_error) {
            (DeliveryState::Delivered, Some(at), _) => format!("at {}", words::moment(at)),
            (DeliveryState::Pending, _, Some(error)) => format!("{error}; next at {next}"),
            (DeliveryState::Pending, _, None) => format!("next at {next}"),
            (_, _, error) => error.clone().unwrap_or_default(),
        };
        Self {
            id: alert.id.to_string(),
            what: match alert.kind {
                AlertKind::Parked => "a saga is parked".to_owned(),
                AlertKind::Recovered => format!("a parked saga has ended: {}", alert.status),
            },
            saga: alert.saga.to_string(),
            subject: format!("{}, {}", alert.saga_kind, alert.subject),
            at: words::moment(alert.created_at),
            state: words::delivery(delivery.state),
            is_pending: delivery.state == DeliveryState::Pending,
            attempts: delivery.attempts,
            note,
            resends: delivery.resends,
        }
    }
}

/// `GET /console/deliveries?state=&after=`
pub(super) async fn page(site: Shared, visitor: Visitor, Query(fields): Query) -> Page {
    let mut page = DeliveriesPage {
        shell: Shell::new("/console/deliveries", &visitor),
        state: fields.text("state"),
        states: DeliveryState::ALL.map(|state| (state.name(), words::delivery(state).word)),
        deliveries: Vec::new(),
        error: None,
        resent: fields.get("resent").map(str::to_owned),
        next: None,
    };
    let (state, after) = match filter(&fields) {
        Ok(filter) => filter,
        Err(problem) => {
            page.error = Some(problem.detail().to_owned());
            return Ok(render(problem.status(), &page));
        }
    };
    let Some(log) = site.coordinator.log.deliveries() else {
        return Ok(render(StatusCode::OK, &page));
    };
    let limit = PAGE_DELIVERIES;
    let listed = log.list_alerts(state, store::Page { after, limit }).await;
    let listed = listed.map_err(Problem::from)?;
    page.deliveries = listed.iter().map(Line::of).collect();
    let last = listed.last().filter(|_| listed.len() == limit as usize);
    let last = last.map(|last| last.alert.id.to_string());
    page.next = last.map(|after| query(&[("state", &page.state), ("after", &after)]));
    // Only an alert that is on this page: a link must not make the page claim another one.
    let is_shown = |id: &String| page.deliveries.iter().any(|line| line.id == *id);
    page.resent = page.resent.filter(is_shown);
    Ok(render(StatusCode::OK, &page))
}

fn filter(fields: &Fields) -> Result<(Option<DeliveryState>, Option<AlertId>), Problem> {
    let state = fields.get("state").map(|name| {
        let reason = "must be pending, delivered or given_up";
        DeliveryState::of_name(name).ok_or_else(|| Problem::invalid("query", "state", reason))
    });
    let after = fields.get("after").map(alert_id);
    Ok((state.transpose()?, after.transpose()?))
}

/// `POST /console/deliveries/{id}/resend`, with `reason`.
pub(super) async fn resend(
    site: Shared,
    visitor: Visitor,
    Path(id): Path<String>,
    Form(fields): Form,
) -> Page {
    let alert = alert_id(&id)?;
    let reason = reason(fields.get("reason"))?;
    let operator = &visitor.operator.name;
    site.coordinator
        .resend_alert(alert, operator, reason)
        .await?;
    Ok(Redirect::to(&format!("/console/deliveries?resent={alert}")).into_response())
}

fn alert_id(text: &str) -> Result<AlertId, Problem> {
    let id = text.parse().map(AlertId);
    id.map_err(|_| Problem::invalid("path", "id", "must be a UUID"))
}
