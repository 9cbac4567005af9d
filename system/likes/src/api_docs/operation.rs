//! One operation of the document: its parameters, its body and its answers.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::parts;
use crate::http::problem_types;

/// An operation under construction.
pub(super) struct Operation {
    value: Value,
    problems: Vec<&'static str>,
    /// The headers that every answer of an executed request may have.
    of_outcome: &'static [&'static str],
}

/// An operation of a service. Every operation may be refused because of its headers, its credentials, its arrival or the load.
pub(super) fn operation(tag: &str, id: &str, summary: &str) -> Operation {
    Operation {
        value: json!({
            "tags": [tag],
            "operationId": id,
            "summary": summary,
            "parameters": [parts::parameter("XRequestId")],
            "responses": {},
        }),
        problems: vec![
            "invalid-request",
            "request-timeout",
            "unauthorized",
            "forbidden",
            "too-many-attempts",
        ],
        of_outcome: &[],
    }
}

impl Operation {
    /// What one must know to use it.
    pub(super) fn text(mut self, text: &str) -> Self {
        self.value["description"] = json!(text);
        self
    }

    /// Parameters of the components.
    pub(super) fn takes(mut self, names: &[&str]) -> Self {
        let list = self.value["parameters"].as_array_mut();
        let list = list.expect("a list of parameters");
        list.extend(names.iter().map(|name| parts::parameter(name)));
        self
    }

    /// A parameter of this operation alone.
    pub(super) fn takes_own(mut self, parameter: Value) -> Self {
        let list = self.value["parameters"].as_array_mut();
        list.expect("a list of parameters").push(parameter);
        self
    }

    /// A required JSON body.
    pub(super) fn body(mut self, schema: &str, example: Value) -> Self {
        self.value["requestBody"] = json!({
            "required": true,
            "content": { "application/json": { "schema": parts::schema(schema), "example": example } },
        });
        self.fails(&["unsupported-media-type", "payload-too-large"])
    }

    /// An answer with a JSON body.
    pub(super) fn answers(
        mut self,
        status: u16,
        text: &str,
        schema: &str,
        example: Value,
        headers: &[&str],
    ) -> Self {
        self.value["responses"][status.to_string()] = json!({
            "description": text,
            "headers": parts::of_answer(headers),
            "content": { "application/json": { "schema": parts::schema(schema), "example": example } },
        });
        self
    }

    /// The answer that is a stream of events. OpenAPI has no schema for its parts; those of their data are in the components.
    pub(super) fn answers_events(mut self) -> Self {
        self.value["responses"]["200"] = json!({
            "description": "The events, until the transaction ends. The data of `snapshot` is a `SnapshotEvent`, that of `step` a `Step`, and that of all others a `ChangeEvent`.",
            "headers": parts::of_answer(&["Cache-Control"]),
            "content": { "text/event-stream": {
                "schema": { "type": "string" },
                "example": super::schemas::events_example(),
            } },
        });
        self
    }

    /// An answer without a body.
    pub(super) fn answers_empty(mut self, status: u16, text: &str, headers: &[&str]) -> Self {
        self.value["responses"][status.to_string()] = json!({
            "description": text,
            "headers": parts::of_answer(headers),
        });
        self
    }

    /// Problems by the names of their types.
    pub(super) fn fails(mut self, names: &[&'static str]) -> Self {
        self.problems.extend(names);
        self
    }

    /// The headers that every answer may have, because it is an outcome that a key replays.
    pub(super) fn replays(mut self, headers: &'static [&'static str]) -> Self {
        self.of_outcome = headers;
        self
    }

    /// The operation reads or writes a database.
    ///
    /// A gateway cannot tell what became of a request that its service did not answer, so each of them may be in doubt.
    pub(super) fn stores(self) -> Self {
        self.fails(&["unavailable", "in-doubt", "invalid-data"])
    }

    /// The operation as the document has it.
    pub(super) fn done(mut self) -> Value {
        let mut by_status: BTreeMap<u16, Vec<_>> = BTreeMap::new();
        for kind in problem_types() {
            if self.problems.contains(&kind.name) {
                by_status
                    .entry(kind.status.as_u16())
                    .or_default()
                    .push(kind);
            }
        }
        for (status, kinds) in by_status {
            self.value["responses"][status.to_string()] = parts::problem(&kinds, self.of_outcome);
        }
        self.value
    }
}
