//! The published API document as a contract: every answer that a test gets must be in it, with its status, its headers and its
//! body.

use std::{collections::BTreeMap, fs, path::Path};

use boon::{Compiler, SchemaIndex, Schemas};
use http::Method;
use serde_json::{Value, json};

use super::client::Reply;

/// Headers of the API. The others belong to HTTP itself.
const HEADERS: [&str; 8] = [
    "accept",
    "etag",
    "idempotency-replayed",
    "location",
    "preference-applied",
    "ratelimit",
    "ratelimit-policy",
    "retry-after",
];

thread_local! {
    static CONTRACT: Contract = Contract::read();
}

/// Panics if the answer to this request is not documented. Paths that the document does not have are not judged.
#[track_caller]
pub fn assert_documented(method: &Method, path: &str, reply: &Reply) {
    let wrong = CONTRACT.with(|contract| contract.wrong(method, path, reply));
    if let Some(wrong) = wrong {
        panic!("{method} {path}: {wrong}: {reply:?}");
    }
}

/// Panics if the data of an event is not what the document says.
#[track_caller]
pub fn assert_event_documented(name: &str, data: &Value) {
    let schema = match name {
        "snapshot" => "SnapshotEvent",
        "step" => "Step",
        "started" | "parked" | "compensating" | "completed" | "compensated" => "ChangeEvent",
        _ => panic!("the event {name} is not documented"),
    };
    let wrong = CONTRACT.with(|contract| {
        let valid = contract.schemas.validate(data, contract.events[schema]);
        valid.err().map(|error| format!("{error:#}"))
    });
    if let Some(wrong) = wrong {
        panic!("the event {name}: {wrong}: {data:#}");
    }
}

struct Contract {
    answers: BTreeMap<Place, Answer>,
    schemas: Schemas,
    /// The schemas of the data of events.
    events: BTreeMap<&'static str, SchemaIndex>,
}

/// The template of the path, the method and the status.
type Place = (String, String, String);

/// A documented answer.
struct Answer {
    headers: Vec<String>,
    /// Its content type and the schema of its body.
    body: Option<(String, SchemaIndex)>,
}

impl Contract {
    fn read() -> Self {
        let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../../schemas/openapi.json");
        let text = fs::read_to_string(Path::new(file)).expect("the document is published");
        let document: Value = serde_json::from_str(&text).expect("JSON");
        let mut found = Vec::new();
        for (path, methods) in document["paths"].as_object().expect("paths") {
            for (method, operation) in methods.as_object().expect("methods") {
                for (status, answer) in operation["responses"].as_object().expect("answers") {
                    let place = (path.clone(), method.to_uppercase(), status.clone());
                    found.push((place, answer.clone()));
                }
            }
        }
        // References in the schemas begin at the root, so the components keep their place.
        let bodies: Vec<Value> = found.iter().map(|(_, answer)| body(answer).1).collect();
        let resource = json!({ "components": document["components"], "bodies": bodies });
        let mut compiler = Compiler::new();
        compiler
            .add_resource("contract.json", resource)
            .expect("a name");
        let mut schemas = Schemas::new();
        let mut answers = BTreeMap::new();
        for (number, (place, answer)) in found.into_iter().enumerate() {
            let at = format!("contract.json#/bodies/{number}");
            let (content, schema) = body(&answer);
            let compile = || {
                compiler
                    .compile(&at, &mut schemas)
                    .unwrap_or_else(|error| panic!("{error:#}"))
            };
            let body = schema
                .is_object()
                .then(compile)
                .map(|index| (content, index));
            let headers = answer["headers"].as_object().expect("headers");
            let headers = headers.keys().map(|name| name.to_lowercase()).collect();
            answers.insert(place, Answer { headers, body });
        }
        let events = ["SnapshotEvent", "ChangeEvent", "Step"].map(|name| {
            let at = format!("contract.json#/components/schemas/{name}");
            let compiled = compiler.compile(&at, &mut schemas);
            (name, compiled.unwrap_or_else(|error| panic!("{error:#}")))
        });
        Self {
            answers,
            schemas,
            events: events.into(),
        }
    }

    /// What is not documented.
    fn wrong(&self, method: &Method, path: &str, reply: &Reply) -> Option<String> {
        let path = path.split('?').next().unwrap_or_default();
        let template = self.template(path)?;
        // A process with one service has fewer routes than the document.
        if *method == Method::OPTIONS
            || reply.status == 405
            || reply.body["type"] == "/problems#not-found"
        {
            return None;
        }
        let method = if *method == Method::HEAD {
            &Method::GET
        } else {
            method
        };
        let place = (
            template,
            method.to_string(),
            reply.status.as_u16().to_string(),
        );
        let Some(answer) = self.answers.get(&place) else {
            return Some("this status is not documented".to_owned());
        };
        let undocumented = HEADERS.iter().find(|name| {
            reply.headers.contains_key(**name) && !answer.headers.iter().any(|it| it == *name)
        });
        if let Some(name) = undocumented {
            return Some(format!("the header {name} is not documented"));
        }
        match &answer.body {
            _ if reply.text.is_empty() => None,
            None => Some("no body is documented".to_owned()),
            Some((content, _)) if reply.headers["content-type"] != **content => {
                Some(format!("the content type is not {content}"))
            }
            Some((content, schema)) => {
                let text = Value::from(reply.text.as_str());
                let is_json = content.ends_with("json");
                let body = if is_json { &reply.body } else { &text };
                let valid = self.schemas.validate(body, *schema);
                valid.err().map(|error| format!("{error:#}"))
            }
        }
    }

    /// The documented path that this one is an example of. A path without parameters comes first.
    fn template(&self, path: &str) -> Option<String> {
        let fits = |template: &&String| {
            let (names, parts) = (template.split('/'), path.split('/'));
            names.clone().count() == parts.clone().count()
                && names
                    .zip(parts)
                    .all(|(name, part)| name == part || name.starts_with('{'))
        };
        let templates = self.answers.keys().map(|place| &place.0);
        let found = templates.filter(fits);
        found
            .min_by_key(|template| template.matches('{').count())
            .cloned()
    }
}

/// The content type and the schema of an answer; null if it has no body.
fn body(answer: &Value) -> (String, Value) {
    let content = answer["content"].as_object();
    let first = content.and_then(|content| content.iter().next());
    first.map_or_else(
        || (String::new(), Value::Null),
        |(kind, body)| (kind.clone(), body["schema"].clone()),
    )
}
