//! An order about one saga: what it would do, and then the order itself.
//!
//! ```text
//!  saga ──► preview: messages, end, reason ──► order ──► the saga, with the entry of the audit
//!              ▲                                 │ it has changed (412), or has no reason (422)
//!              └─────────────────────────────────┘
//! ```

use askama::Template;
use axum::{
    extract::Path,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};

use super::{
    Shared, Site,
    facts::{Difference, Facts},
    fields::{Fields, Form},
    sagas::saga_id,
    sessions::Visitor,
    shell::{Page, Shell, render, require_operate},
    truths::Truth,
    words::{self, Badge},
};
use crate::{
    coordinator::operations::{
        act::{OrderContext, reason},
        action::Action,
        detail::Detail,
        inspection::{Inspected, Inspection},
        preview::Preview,
        refusal::Refusal,
    },
    http::{Problem, problem_type},
    id::SagaId,
};

#[derive(Template)]
#[template(path = "order.html")]
struct OrderPage {
    shell: Shell,
    id: String,
    name: &'static str,
    path: &'static str,
    text: &'static str,
    /// Whether it may undo what is done.
    is_danger: bool,
    states: Vec<Badge>,
    preview: Preview,
    steps: Vec<Truth>,
    /// What the order is based on.
    tag: String,
    facts: String,
    reason: String,
    /// What is wrong with the reason.
    error: Option<String>,
    /// What has changed since the operator looked.
    changes: Option<Vec<Difference>>,
}

/// Why a preview is shown again.
#[derive(Default)]
struct Again {
    reason: String,
    error: Option<String>,
    /// What the operator has seen.
    seen: Option<Facts>,
}

/// `GET /console/sagas/{id}/{action}`
pub(super) async fn preview(
    site: Shared,
    visitor: Visitor,
    Path((id, action)): Path<(String, String)>,
) -> Page {
    require_operate(&visitor)?;
    let (saga, action) = (saga_id(&id)?, named(&action)?);
    let page = site.preview_page(saga, action, &visitor, Again::default());
    Ok(render(StatusCode::OK, &page.await?))
}

/// `POST /console/sagas/{id}/{action}`
pub(super) async fn order(
    site: Shared,
    visitor: Visitor,
    Path((id, action)): Path<(String, String)>,
    Form(fields): Form,
) -> Page {
    let (saga, action) = (saga_id(&id)?, named(&action)?);
    let again = |error| Again {
        reason: fields.text("reason"),
        error,
        seen: None,
    };
    let context = match context(&visitor, &fields) {
        Ok(context) => context,
        Err(problem) => {
            let again = again(Some(problem.detail().to_owned()));
            let page = site.preview_page(saga, action, &visitor, again).await?;
            return Ok(render(problem.status(), &page));
        }
    };
    match site.coordinator.act(saga, action, &context).await {
        Ok(ordered) => Ok(to_saga(saga, ordered.audit)),
        Err(Refusal::Problem(problem)) => Err(problem.into()),
        Err(Refusal::Moved(_)) => {
            let again = Again {
                seen: Some(Facts::parse(&fields.text("facts"))),
                ..again(None)
            };
            let page = site.preview_page(saga, action, &visitor, again).await?;
            Ok(render(StatusCode::PRECONDITION_FAILED, &page))
        }
    }
}

fn context(visitor: &Visitor, fields: &Fields) -> Result<OrderContext, Problem> {
    Ok(OrderContext {
        actor: visitor.operator.name.to_string(),
        reason: reason(fields.get("reason"))?,
        batch: None,
        // A form without a tag was based on nothing, and so on something else than what is found now.
        seen: Some(fields.text("tag")),
    })
}

fn to_saga(saga: SagaId, audit: i64) -> Response {
    Redirect::to(&format!("/console/sagas/{saga}?ordered={audit}")).into_response()
}

fn named(action: &str) -> Result<Action, Problem> {
    let unknown = || Problem::of(&problem_type::NOT_FOUND, "There is no such order.");
    Action::of_path(action).ok_or_else(unknown)
}

impl Site {
    /// What an order would do, and what it is based on: both from one look at the saga.
    async fn preview_page(
        &self,
        saga: SagaId,
        action: Action,
        visitor: &Visitor,
        again: Again,
    ) -> Result<OrderPage, Problem> {
        let inspected = self.coordinator.inspect(saga).await?;
        let now = self.coordinator.env.clock.now();
        let detail = Detail::of(&inspected, self.coordinator.order_tag, now);
        let inspection: &Inspection = match &inspected {
            Inspected::Readable(inspection) => inspection,
            Inspected::Unreadable(row) => {
                let detail = format!("The row of the saga cannot be read: {}.", row.reason);
                return Err(Problem::of(&problem_type::ORDER_REFUSED, detail));
            }
        };
        let facts = Facts::of(inspection);
        Ok(OrderPage {
            shell: Shell::new("/console/sagas", visitor),
            id: saga.to_string(),
            name: words::action(action),
            path: action.path(),
            text: words::action_text(action, inspection.is_late(now)),
            is_danger: action.is_danger(),
            states: words::states(&detail.summary),
            preview: action.preview(inspection, &*self.coordinator.rules, now),
            steps: detail.steps.iter().map(Truth::of).collect(),
            tag: detail.tag.unwrap_or_default(),
            changes: again.seen.map(|seen| facts.since(&seen)),
            facts: facts.text(),
            reason: again.reason,
            error: again.error,
        })
    }
}
