//! The fields of a query or of a form, as text.

use std::convert::Infallible;

use axum::{
    extract::FromRequestParts,
    http::{header, request::Parts},
};

use crate::{http::Problem, protocol::Document};

/// Names with their values.
#[derive(Debug, Clone, Default)]
pub(super) struct Fields(Vec<(String, String)>);

impl Fields {
    /// Reads `application/x-www-form-urlencoded`. Every text has a meaning in it.
    pub(super) fn parse(bytes: &[u8]) -> Self {
        Self(form_urlencoded::parse(bytes).into_owned().collect())
    }

    /// The value of a field. `None` if it is missing or blank.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        let found = self.0.iter().find(|field| field.0 == name);
        found
            .map(|field| field.1.trim())
            .filter(|it| !it.is_empty())
    }

    /// The value of a field. Empty if it is missing.
    pub(super) fn text(&self, name: &str) -> String {
        self.get(name).unwrap_or_default().to_owned()
    }
}

/// The fields of the query.
pub(super) struct Query(pub(super) Fields);

impl<S: Send + Sync> FromRequestParts<S> for Query {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let query = parts.uri.query().unwrap_or_default();
        Ok(Self(Fields::parse(query.as_bytes())))
    }
}

/// The fields of a form that the guard has let in.
#[derive(Clone)]
pub(super) struct Form(pub(super) Fields);

impl<S: Send + Sync> FromRequestParts<S> for Form {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let missing = || Problem::forbidden("The form did not pass the guard. Nothing was done.");
        parts.extensions.get().cloned().ok_or_else(missing)
    }
}

/// Whether a request says that its body is a form.
pub(super) fn is_form(parts: &Parts) -> bool {
    let content_type = parts.headers.get(header::CONTENT_TYPE);
    let text = content_type.and_then(|value| value.to_str().ok());
    let kind = text.and_then(|text| text.split(';').next());
    kind.is_some_and(|kind| {
        kind.trim()
            .eq_ignore_ascii_case("application/x-www-form-urlencoded")
    })
}

/// A query with these fields, without those that are empty.
pub(super) fn query(fields: &[(&str, &str)]) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    for (name, value) in fields.iter().filter(|field| !field.1.is_empty()) {
        query.append_pair(name, value);
    }
    query.finish()
}

/// JSON, indented for people.
pub(super) fn indented(document: &Document) -> String {
    let value: Result<serde_json::Value, _> = document.read();
    value.map_or_else(|_| document.text().to_owned(), |value| format!("{value:#}"))
}
