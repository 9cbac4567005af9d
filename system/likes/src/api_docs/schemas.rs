//! The schemas of the bodies. They are exact: a field that the code does not send or read is not allowed.

use likewise_saga::http::ProblemType;
use serde_json::{Value, json};

use super::parts::schema;
use crate::{article::TITLE_CHARS_MAX, http::problem_types, refusal::RefusalCode};

/// The transaction of the examples.
pub(super) const TRANSACTION: &str = "0192f0a4-7b1e-7c3a-9d54-2f6b8a1c0e37";
/// The record of the examples.
const RECORD: &str = "0192f0a4-7b1e-7a10-8f2e-5d0c4b3a2917";
const TIME: &str = "2026-11-30T12:00:00.000000Z";

/// An object with these fields and no others. The required ones come first.
fn object(required: Value, optional: Value) -> Value {
    let names: Vec<_> = required
        .as_object()
        .into_iter()
        .flat_map(|fields| fields.keys().cloned())
        .collect();
    let mut properties = required;
    if let (Some(all), Some(more)) = (properties.as_object_mut(), optional.as_object()) {
        all.extend(more.clone());
    }
    json!({ "type": "object", "required": names, "properties": properties, "additionalProperties": false })
}

fn all_of(required: Value) -> Value {
    object(required, json!({}))
}

fn or_null(schema: Value) -> Value {
    json!({ "anyOf": [schema, { "type": "null" }] })
}

fn page(item: &Value, next: &Value) -> Value {
    all_of(json!({ "items": { "type": "array", "items": item }, "next": next }))
}

/// The schemas of the components.
pub(super) fn schemas() -> Value {
    let mut all = bodies();
    let more = [transactions(), problems(), health()];
    if let Some(all) = all.as_object_mut() {
        all.extend(
            more.into_iter()
                .filter_map(|more| more.as_object().cloned())
                .flatten(),
        );
    }
    all
}

fn bodies() -> Value {
    let title = json!({
        "type": "string", "minLength": 1, "maxLength": TITLE_CHARS_MAX, "pattern": "^[^\\u0000]*$",
    });
    let next_id = or_null(
        json!({ "type": "string", "pattern": "^[1-9][0-9]{0,18}$", "description": "The value of `after` for the next page; null on the last page." }),
    );
    let count = json!({ "type": "integer", "format": "int64", "minimum": 0 });
    json!({
        "Id": { "type": "integer", "format": "int64", "minimum": 1, "maximum": i64::MAX },
        "Uuid": { "type": "string", "format": "uuid", "pattern": "^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$" },
        "Time": { "type": "string", "format": "date-time" },
        "NewArticle": all_of(json!({ "title": title })),
        "Article": all_of(json!({ "id": schema("Id"), "title": title, "likes": count })),
        "ArticlePage": page(&schema("Article"), &next_id),
        "Like": all_of(json!({
            "article_id": schema("Id"), "current_likes": count, "user_record_id": schema("Uuid"), "transaction_id": schema("Uuid"),
        })),
        "Membership": object(
            json!({ "liked": { "type": "boolean" }, "article_id": schema("Id"), "user_id": schema("Id") }),
            json!({ "id": schema("Uuid"), "created_at": schema("Time"), "current_likes": count, "transaction_id": schema("Uuid") }),
        ),
        "LikeRecord": all_of(json!({
            "article_id": schema("Id"), "created_at": schema("Time"), "id": schema("Uuid"), "user_id": schema("Id"),
        })),
        "LikePage": page(&schema("LikeRecord"), &next_id),
        "Accepted": all_of(json!({
            "transaction_id": schema("Uuid"), "status": { "type": "string", "const": "pending" }, "events": events_url(),
        })),
    })
}

/// Where to follow a transaction.
fn events_url() -> Value {
    json!({
        "type": "string", "format": "uri-reference", "pattern": "^/v1/transactions/[0-9a-f-]{36}/events(\\?ticket=[0-9A-Za-z._-]+)?$",
        "description": "Where to follow the transaction, with a ticket for a while. `EventSource` needs no header there.",
    })
}

fn with_events(mut fields: Value) -> Value {
    fields["events"] = events_url();
    fields
}

fn transactions() -> Value {
    let status = json!({ "type": "string", "enum": ["pending", "done", "failed"], "description": "`pending`: it goes on. `done`: every step is done. `failed`: no effect is left." });
    let saga_status = json!({ "type": "string", "enum": ["running", "completed", "compensating", "compensated"], "description": "Which way the saga goes: `running` and `compensating` are pending, `completed` is done, `compensated` is failed." });
    let time = || schema("Time");
    let end = |name: &str, fields: Value| {
        let mut fields = fields;
        fields["end"] = json!({ "type": "string", "const": name });
        all_of(fields)
    };
    let text = json!({ "type": "string" });
    let transaction = json!({
        "id": schema("Uuid"), "kind": text, "status": schema("Status"), "saga_status": schema("SagaStatus"),
        "parked": { "type": "boolean", "description": "Whether it needs a person. It goes on being tried slowly." },
        "created_at": time(), "updated_at": time(), "deadline_at": time(),
        "outcome": or_null(schema("Outcome")),
        "steps": { "type": "array", "items": schema("Step") },
    });
    let unreadable = json!({
        "id": or_null(schema("Uuid")), "kind": or_null(text.clone()), "status": or_null(schema("Status")),
        "saga_status": or_null(schema("SagaStatus")), "parked": or_null(json!({ "type": "boolean" })),
        "created_at": or_null(time()), "updated_at": or_null(time()), "deadline_at": or_null(time()),
        "unreadable": { "const": true }, "reason": { "type": "string", "minLength": 1 },
    });
    json!({
        "Status": status,
        "SagaStatus": saga_status,
        "Step": all_of(json!({
            "transaction_id": schema("Uuid"),
            "step": { "type": "integer", "minimum": 0 },
            "service_name": { "type": "string" },
            "action_type": { "type": "string", "enum": ["main", "compensation"] },
            "status": schema("Status"),
            "attempts": { "type": "integer", "minimum": 0 },
            "created_at": time(),
        })),
        "Outcome": { "oneOf": [
            end("done", json!({ "results": { "type": "array" } })),
            end("refused", json!({ "step": { "type": "integer", "minimum": 0 }, "code": text })),
            end("timed_out", json!({})),
            end("unneeded", json!({ "code": text, "found": true })),
        ] },
        "Transaction": all_of(transaction.clone()),
        "UnreadableTransaction": all_of(unreadable.clone()),
        "AnyTransaction": { "oneOf": [schema("Transaction"), schema("UnreadableTransaction")] },
        "FoundTransaction": { "oneOf": [all_of(with_events(transaction)), all_of(with_events(unreadable))] },
        "SnapshotEvent": all_of(json!({
            "live": { "type": "boolean", "description": "Whether each change and each step comes at once. If not, changes come from the log, a little later, and steps do not come." },
            "transaction": schema("AnyTransaction"),
        })),
        "ChangeEvent": all_of(json!({
            "transaction_id": schema("Uuid"),
            "change": { "type": "string", "enum": ["started", "parked", "compensating", "completed", "compensated"] },
            "status": schema("Status"), "saga_status": schema("SagaStatus"), "parked": { "type": "boolean" }, "at": time(),
            "outcome": or_null(schema("Outcome")),
        })),
        "TransactionPage": page(
            &schema("AnyTransaction"),
            &or_null(json!({ "type": "string", "description": "The value of `after` for the next page. With `order=end` it is there on the last page, too." })),
        ),
        "Coordinator": all_of(json!({
            "role": { "type": "string", "enum": ["holder", "standby", "fenced"] },
            "epoch": or_null(json!({ "type": "integer", "minimum": 0 })),
            "holder": or_null(text),
        })),
    })
}

fn problems() -> Value {
    let kinds = problem_types();
    let uris: Vec<String> = kinds.iter().map(ProblemType::uri).collect();
    let codes = RefusalCode::ALL.map(RefusalCode::as_str);
    json!({
        "Problem": object(
            json!({
                "type": { "type": "string", "format": "uri-reference", "enum": uris },
                "title": { "type": "string", "minLength": 1, "description": "The same for every problem of the type." },
                "status": { "type": "integer", "minimum": 400, "maximum": 599 },
                "detail": { "type": "string", "minLength": 1, "description": "What is wrong in this case, for people." },
            }),
            json!({
                "errors": { "type": "array", "minItems": 1, "items": schema("FieldError") },
                "code": { "type": "string", "enum": codes, "description": "The rule that refused it." },
                "transaction_id": schema("Uuid"),
            }),
        ),
        "FieldError": all_of(json!({
            "in": { "type": "string", "enum": ["path", "query", "header", "body"] },
            "name": { "type": "string", "minLength": 1 },
            "reason": { "type": "string", "minLength": 1 },
        })),
    })
}

fn health() -> Value {
    json!({
        "Alive": all_of(json!({ "status": { "const": "alive" } })),
        "Ready": object(
            json!({ "status": { "const": "ready" } }),
            json!({
                "role": { "type": "string", "enum": ["holder", "standby", "fenced"] },
                "epoch": or_null(json!({ "type": "integer", "minimum": 0 })),
                "holder": or_null(json!({ "type": "string" })),
                "checks": { "type": "array", "items": schema("Check") },
            }),
        ),
        "NotReady": object(
            json!({ "status": { "const": "unavailable" }, "reason": { "type": "string", "minLength": 1 } }),
            json!({ "checks": { "type": "array", "items": schema("Check") } }),
        ),
        "Check": all_of(json!({
            "name": { "type": "string", "minLength": 1 },
            "status": { "type": "string", "enum": ["ok", "failed"] },
            "for_seconds": { "type": "integer", "minimum": 0 },
            "last_failure": or_null(all_of(json!({
                "reason": { "type": "string" },
                "seconds_ago": { "type": "integer", "minimum": 0 },
            }))),
        })),
    })
}

/// What a problem of this type looks like.
pub(super) fn problem_example(kind: &ProblemType) -> Value {
    let mut value = json!({
        "type": kind.uri(), "title": kind.title, "status": kind.status.as_u16(), "detail": kind.meaning,
    });
    match kind.name {
        "invalid-request" => {
            value["detail"] = json!("header X-User-ID: is missing");
            value["errors"] =
                json!([{ "in": "header", "name": "X-User-ID", "reason": "is missing" }]);
        }
        "saga-failed" => {
            value["detail"] = json!("Like record creation failed");
            value["code"] = json!("user_blocked");
            value["transaction_id"] = json!(TRANSACTION);
        }
        "in-progress" | "in-doubt" => value["transaction_id"] = json!(TRANSACTION),
        _ => {}
    }
    value
}

pub(super) fn article() -> Value {
    json!({ "id": 1, "title": "Hello", "likes": 3 })
}

pub(super) fn like() -> Value {
    json!({ "article_id": 1, "current_likes": 4, "user_record_id": RECORD, "transaction_id": TRANSACTION })
}

pub(super) fn membership(liked: bool) -> Value {
    let mut value = json!({ "liked": liked, "article_id": 1, "user_id": 7, "current_likes": 4, "transaction_id": TRANSACTION });
    if liked {
        value["id"] = json!(RECORD);
    }
    value
}

pub(super) fn record() -> Value {
    json!({ "article_id": 1, "created_at": TIME, "id": RECORD, "user_id": 7 })
}

pub(super) fn accepted() -> Value {
    json!({ "transaction_id": TRANSACTION, "status": "pending", "events": events_path() })
}

fn events_path() -> String {
    format!("/v1/transactions/{TRANSACTION}/events?ticket=1796040000.uNw.c2lnbmF0dXJl")
}

pub(super) fn found_transaction() -> Value {
    let mut value = transaction();
    value["events"] = json!(events_path());
    value
}

/// A saga that is followed from its start.
pub(super) fn events_example() -> String {
    let snapshot = json!({ "live": true, "transaction": transaction() });
    let change = |name: &str, status: &str, outcome: Value| {
        json!({
            "transaction_id": TRANSACTION, "change": name, "status": status,
            "saga_status": if name == "started" { "running" } else { name },
            "parked": false, "at": TIME, "outcome": outcome,
        })
    };
    let started = change("started", "pending", Value::Null);
    let step = &transaction()["steps"][0];
    let outcome = &transaction()["outcome"];
    let completed = change("completed", "done", outcome.clone());
    format!(
        "retry: 1342\n\nevent: snapshot\ndata: {snapshot}\n\nevent: started\nid: {TRANSACTION}.0\ndata: {started}\n\n\
         event: step\ndata: {step}\n\nevent: completed\nid: {TRANSACTION}.4\ndata: {completed}\n\n"
    )
}

pub(super) fn transaction() -> Value {
    let step = |number: u8, service: &str| {
        json!({
            "transaction_id": TRANSACTION, "step": number, "service_name": service, "action_type": "main",
            "status": "done", "attempts": 1, "created_at": TIME,
        })
    };
    json!({
        "id": TRANSACTION, "kind": "like", "status": "done", "saga_status": "completed", "parked": false,
        "created_at": TIME, "updated_at": TIME, "deadline_at": TIME,
        "outcome": { "end": "done", "results": [{ "likes": 4 }, { "record_id": RECORD }] },
        "steps": [step(0, "article"), step(1, "user")],
    })
}
