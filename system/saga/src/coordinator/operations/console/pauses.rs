//! What is paused of kinds and services.

use askama::Template;
use axum::{
    http::StatusCode,
    response::{IntoResponse, Redirect},
};

use super::{
    Shared, Site,
    audit::{Entry, entry},
    fields::{Fields, Form, Query},
    sessions::Visitor,
    shell::{Page, Shell, render},
    words,
};
use crate::{
    coordinator::operations::{
        act::{OrderContext, reason},
        pauses::{Pause, Target},
    },
    http::Problem,
};

#[derive(Template)]
#[template(path = "pauses.html")]
struct PausesPage {
    shell: Shell,
    paused: Vec<PausedView>,
    /// What can be paused and is not.
    others: Vec<Target>,
    /// Why there is no list.
    elsewhere: Option<String>,
    /// The entry of the order that was just given.
    ordered: Option<Entry>,
    /// What is wrong with an order, and what it was about.
    error: Option<String>,
    target: String,
    reason: String,
}

/// What is paused, in words.
pub(super) struct PausedView {
    pub(super) scope: String,
    pub(super) name: String,
    /// Who, since when. Empty if the audit does not tell.
    pub(super) order: String,
    pub(super) reason: String,
    /// The entry of the audit.
    pub(super) audit: Option<i64>,
}

impl PausedView {
    pub(super) fn of(pause: &Pause) -> Self {
        let order = match (&pause.actor, pause.since) {
            (Some(actor), Some(since)) => format!("by {actor} since {}", words::moment(since)),
            _ => String::new(),
        };
        Self {
            scope: pause.target.scope.clone(),
            name: pause.target.name.clone(),
            order,
            reason: pause.reason.clone().unwrap_or_default(),
            audit: pause.audit,
        }
    }
}

/// `GET /console/pauses`
pub(super) async fn page(site: Shared, visitor: Visitor, Query(fields): Query) -> Page {
    let number = fields.get("ordered").and_then(|number| number.parse().ok());
    let ordered = match number {
        Some(number) => entry(&site.coordinator, number).await?,
        None => None,
    };
    let fields = Fields::default();
    let page = site.pauses_page(&visitor, ordered, &fields, None).await?;
    Ok(render(StatusCode::OK, &page))
}

/// `POST /console/pauses`, with `target`, `order` and `reason`.
pub(super) async fn order(site: Shared, visitor: Visitor, Form(fields): Form) -> Page {
    match site.order_pause(&visitor, &fields).await {
        Ok(audit) => {
            let place = format!("/console/pauses?ordered={audit}");
            Ok(Redirect::to(&place).into_response())
        }
        Err(problem) => {
            let error = problem.detail().to_owned();
            let page = site.pauses_page(&visitor, None, &fields, Some(error));
            let page = page.await?;
            Ok(render(problem.status(), &page))
        }
    }
}

impl Site {
    async fn order_pause(&self, visitor: &Visitor, fields: &Fields) -> Result<i64, Problem> {
        let context = OrderContext {
            actor: visitor.operator.name.to_string(),
            reason: reason(fields.get("reason"))?,
            batch: None,
            seen: None,
        };
        let invalid = |name, reason| Problem::invalid("body", name, reason);
        let pauses = match fields.get("order") {
            Some("pause") => true,
            Some("resume") => false,
            _ => return Err(invalid("order", "must be pause or resume")),
        };
        let (scope, name) = fields
            .get("target")
            .and_then(|target| target.split_once(' '))
            .ok_or_else(|| invalid("target", "must be chosen from the list"))?;
        let target = Target {
            scope: scope.to_owned(),
            name: name.to_owned(),
        };
        self.coordinator.pause(&target, pauses, &context).await
    }

    async fn pauses_page(
        &self,
        visitor: &Visitor,
        ordered: Option<Entry>,
        fields: &Fields,
        error: Option<String>,
    ) -> Result<PausesPage, Problem> {
        let elsewhere = self.elsewhere();
        let paused = match elsewhere {
            Some(_) => Vec::new(),
            None => self.coordinator.pauses().await?,
        };
        let paused: Vec<PausedView> = paused.iter().map(PausedView::of).collect();
        let kinds = self.coordinator.product.kinds.iter().copied();
        let kinds = kinds.map(|name| ("kind", name));
        let services = self.services().into_iter().map(|name| ("service", name));
        let others = kinds.chain(services).map(|(scope, name)| Target {
            scope: scope.to_owned(),
            name: name.to_owned(),
        });
        let is_paused = |target: &Target| {
            let mut paused = paused.iter();
            paused.any(|other| other.scope == target.scope && other.name == target.name)
        };
        let others = others.filter(|target| !is_paused(target)).collect();
        Ok(PausesPage {
            shell: Shell::new("/console/pauses", visitor),
            others,
            paused,
            elsewhere,
            ordered,
            error,
            target: fields.text("target"),
            reason: fields.text("reason"),
        })
    }
}
