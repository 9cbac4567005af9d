//! The list of sagas, with the filters of the API.

use askama::Template;
use axum::http::StatusCode;

use super::{
    Shared, Site,
    fields::{Fields, Query, query},
    sessions::Visitor,
    shell::{Page, Shell, render},
    words::{self, Badge},
};
use crate::{
    coordinator::operations::{cause::CauseKind, filter::FilterText, summary::Summary},
    http::Problem,
    id::SagaId,
};

/// The sagas of a page.
const PAGE_SAGAS: usize = 50;

/// The states that a filter names.
const STATES: [&str; 8] = [
    "open",
    "running",
    "compensating",
    "parked",
    "paused",
    "unreadable",
    "completed",
    "compensated",
];

#[derive(Template)]
#[template(path = "sagas.html")]
struct SagasPage {
    shell: Shell,
    form: FilterForm,
    sagas: Vec<Line>,
    error: Option<String>,
    /// The query of the next page.
    next: Option<String>,
    /// The query of a batch over the same filter.
    batch: String,
}

/// One saga of a list.
pub(super) struct Line {
    /// `None` if the row does not tell it.
    pub(super) id: Option<String>,
    pub(super) kind: String,
    pub(super) subject: String,
    pub(super) states: Vec<Badge>,
    pub(super) cause: String,
    pub(super) age: String,
    pub(super) attempts: u32,
}

impl Line {
    pub(super) fn of(saga: &Summary) -> Self {
        let unknown = || "not known".to_owned();
        Self {
            id: saga.id.map(|id| id.to_string()),
            kind: saga.kind.clone().unwrap_or_else(unknown),
            subject: saga.subject.clone().unwrap_or_else(unknown),
            states: words::states(saga),
            cause: match &saga.cause {
                Some(cause) => cause.text.clone(),
                None => "it has ended".to_owned(),
            },
            age: saga.age_seconds.map_or_else(unknown, words::span),
            attempts: saga.attempts,
        }
    }
}

/// The fields of a filter, as they are shown and sent again.
pub(super) struct FilterForm {
    pub(super) state: String,
    pub(super) cause: String,
    pub(super) older_than: String,
    pub(super) step: String,
    pub(super) service: String,
    pub(super) services: Vec<&'static str>,
}

impl FilterForm {
    pub(super) fn of(site: &Site, fields: &Fields) -> Self {
        Self {
            state: fields.text("state"),
            cause: fields.text("cause"),
            older_than: fields.text("older_than"),
            step: fields.text("step"),
            service: fields.text("service"),
            services: site.services(),
        }
    }

    pub(super) fn text(&self) -> FilterText {
        let given = |text: &String| (!text.is_empty()).then(|| text.clone());
        FilterText {
            state: given(&self.state),
            cause: given(&self.cause),
            older_than: given(&self.older_than),
            step: given(&self.step),
            service: given(&self.service),
        }
    }

    /// The filter as a query, with more fields.
    pub(super) fn query(&self, more: &[(&str, &str)]) -> String {
        let own = [
            ("state", &*self.state),
            ("cause", &*self.cause),
            ("older_than", &*self.older_than),
            ("step", &*self.step),
            ("service", &*self.service),
        ];
        query(&[&own, more].concat())
    }

    pub(super) fn states(&self) -> [&'static str; 8] {
        STATES
    }

    pub(super) fn causes(&self) -> Vec<(&'static str, &'static str)> {
        let named = |kind: CauseKind| (kind.name(), words::cause(kind));
        CauseKind::ALL.into_iter().map(named).collect()
    }

    /// The filter in words.
    pub(super) fn words(&self) -> String {
        let state = if self.state.is_empty() {
            "open"
        } else {
            &self.state
        };
        let mut words = format!("sagas that are {state}");
        for (name, value) in [
            ("with cause", &self.cause),
            ("older than", &self.older_than),
            ("at step", &self.step),
            ("waiting for the service", &self.service),
        ] {
            if !value.is_empty() {
                words.push_str(&format!(", {name} {value}"));
            }
        }
        words
    }
}

impl Site {
    pub(super) fn services(&self) -> Vec<&'static str> {
        let participants = self.coordinator.participants.0.iter();
        participants.map(|service| service.service()).collect()
    }
}

/// `GET /console/sagas?state=&cause=&older_than=&step=&service=&after=`
pub(super) async fn page(site: Shared, visitor: Visitor, Query(fields): Query) -> Page {
    let form = FilterForm::of(&site, &fields);
    let mut page = SagasPage {
        shell: Shell::new("/console/sagas", &visitor),
        batch: form.query(&[]),
        sagas: Vec::new(),
        error: None,
        next: None,
        form,
    };
    let checked = page.form.text().check("query");
    let checked = checked.and_then(|filter| Ok((filter, after(&fields)?)));
    let status = match checked {
        Ok((filter, after)) => {
            let listed = site
                .coordinator
                .list_sagas(&filter, after, PAGE_SAGAS)
                .await?;
            page.sagas = listed.sagas.iter().map(Line::of).collect();
            let next = listed.next.map(|after| after.to_string());
            page.next = next.map(|after| page.form.query(&[("after", &after)]));
            StatusCode::OK
        }
        Err(problem) => {
            page.error = Some(problem.detail().to_owned());
            problem.status()
        }
    };
    Ok(render(status, &page))
}

fn after(fields: &Fields) -> Result<Option<SagaId>, Problem> {
    fields.get("after").map(saga_id).transpose()
}

/// The id of a saga.
///
/// # Errors
/// A 422.
pub(super) fn saga_id(text: &str) -> Result<SagaId, Problem> {
    let id = text.parse().map(SagaId);
    id.map_err(|_| Problem::invalid("path", "id", "must be a UUID"))
}
