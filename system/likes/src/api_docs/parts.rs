//! The parameters, headers and problems that operations share.

use likewise_saga::http::{
    IDEMPOTENCY_KEY_BYTES_MAX, PAGE_LIMIT_DEFAULT, PAGE_LIMIT_MAX, ProblemType,
    REQUEST_ID_BYTES_MAX,
};
use serde_json::{Map, Value, json};

use crate::http::problem_types;

pub(super) fn schema(name: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{name}") })
}

pub(super) fn parameter(name: &str) -> Value {
    json!({ "$ref": format!("#/components/parameters/{name}") })
}

/// The parameters of the components.
pub(super) fn parameters() -> Value {
    json!({
        "ArticleId": {
            "name": "article_id", "in": "path", "required": true, "description": "The article.",
            "schema": schema("Id"), "example": 1,
        },
        "UserId": {
            "name": "user_id", "in": "path", "required": true, "description": "The user.",
            "schema": schema("Id"), "example": 7,
        },
        "TransactionId": {
            "name": "transaction_id", "in": "path", "required": true, "description": "The transaction.",
            "schema": schema("Uuid"), "example": super::schemas::TRANSACTION,
        },
        "XUserId": {
            "name": "X-User-ID", "in": "header", "required": true,
            "description": "The user who sends the request. With `--identity header` a gateway authenticates the user and sets it; with `--identity jwt` the subject of the token says it, and the header may be missing.",
            "schema": schema("Id"), "example": 7,
        },
        "Caller": {
            "name": "X-User-ID", "in": "header", "required": false,
            "description": "The user who sends the request, if there is one. It is the scope of the `Idempotency-Key`.",
            "schema": schema("Id"), "example": 7,
        },
        "XRequestId": {
            "name": "X-Request-Id", "in": "header", "required": false,
            "description": "Names the request in the log and in the answer. Without it, the service makes one.",
            "schema": { "type": "string", "minLength": 1, "maxLength": REQUEST_ID_BYTES_MAX, "pattern": "^[!-~]+$" },
            "example": "checkout-42",
        },
        "IdempotencyKey": {
            "name": "Idempotency-Key", "in": "header", "required": false,
            "description": "The same request with the same key is done once: a repeat joins it or replays its answer. Another request under the key is 422. The key may be sent as it is or as a structured string in quotes; both are the same key.",
            "schema": { "type": "string", "minLength": 1, "maxLength": IDEMPOTENCY_KEY_BYTES_MAX, "pattern": "^[!#-~][!-~]*$" },
            "example": "8e03978e-40d5-43dd-bc93-6894a57f9324",
        },
        "Prefer": {
            "name": "Prefer", "in": "header", "required": false,
            "description": "`wait=N`: how many seconds to wait for the end of the saga, at most `--answer-timeout`. After that the answer is 202. A preference that cannot be read is ignored (RFC 7240).",
            "schema": { "type": "string" }, "example": "wait=2",
        },
        "IfNoneMatch": {
            "name": "If-None-Match", "in": "header", "required": false,
            "description": "The `ETag` of an earlier answer. If the answer is still the same, it is 304 without a body. A tag that cannot be read matches none.",
            "schema": { "type": "string" }, "example": "\"0123456789abcdef\"",
        },
        "LastEventId": {
            "name": "Last-Event-ID", "in": "header", "required": false,
            "description": "The `id` of the last event that the client got. A browser sends it when it comes back.",
            "schema": { "type": "string", "pattern": "^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\\.[0-9]$" },
        },
        "Ticket": {
            "name": "ticket", "in": "query", "required": false,
            "description": "The ticket in the address that the service gave. Without a ticket, the events may be read by who may read the transaction.",
            "schema": { "type": "string" },
        },
        "Limit": {
            "name": "limit", "in": "query", "required": false, "description": "The largest number of items of the page.",
            "schema": { "type": "integer", "minimum": 1, "maximum": PAGE_LIMIT_MAX, "default": PAGE_LIMIT_DEFAULT },
        },
        "AfterId": {
            "name": "after", "in": "query", "required": false, "description": "The value of `next` of the page before.",
            "schema": schema("Id"),
        },
    })
}

/// The headers of the components.
pub(super) fn headers() -> Value {
    let header = |text: &str, schema: Value| json!({ "description": text, "schema": schema });
    let text = || json!({ "type": "string" });
    json!({
        "X-Request-Id": header("The id of the request.", json!({ "type": "string", "minLength": 1, "maxLength": REQUEST_ID_BYTES_MAX })),
        "ETag": header("Names this answer, for `If-None-Match`.", json!({ "type": "string", "pattern": "^\"[0-9a-f]{16}\"$" })),
        "Cache-Control": header("A cache must ask before it uses the answer, or must not keep it.", text()),
        "Location": header("The path of what was created, or of the transaction to ask for.", json!({ "type": "string", "format": "uri-reference" })),
        "Idempotency-Replayed": header("`true`: the answer belongs to an earlier request under the same key.", json!({ "type": "string", "const": "true" })),
        "Preference-Applied": header("The preference that was applied.", json!({ "type": "string", "pattern": "^wait=[0-9]+$" })),
        "Retry-After": header("The seconds after which the request may be repeated. It has a jitter.", json!({ "type": "integer", "minimum": 1, "maximum": 3 })),
        "RateLimit-Policy": header("The limit that the request has met.", text()),
        "RateLimit": header("What is left of the limit, and the seconds until it is worth trying again.", text()),
        "Accept": header("The content type that the service reads.", text()),
    })
}

/// The examples of the components: one problem of each type.
pub(super) fn examples() -> Value {
    let examples = problem_types().into_iter().map(|kind| {
        let value = super::schemas::problem_example(&kind);
        let example = json!({ "summary": kind.title, "value": value });
        (kind.name.to_owned(), example)
    });
    Value::Object(examples.collect())
}

/// The headers of an answer: these, and those that every answer has.
pub(super) fn of_answer(names: &[&str]) -> Value {
    let names = names.iter().chain(&["X-Request-Id"]);
    let headers = names.map(|name| {
        let place = json!({ "$ref": format!("#/components/headers/{name}") });
        ((*name).to_owned(), place)
    });
    Value::Object(headers.collect())
}

/// The answer with one of these problems, which have one status. It may have further headers.
pub(super) fn problem(kinds: &[ProblemType], further: &[&str]) -> Value {
    let status = kinds[0].status.as_u16();
    let own: &[&str] = match status {
        429 | 503 => &["Retry-After", "RateLimit-Policy", "RateLimit"],
        409 => &["Retry-After"],
        415 => &["Accept"],
        _ => &[],
    };
    let headers = of_answer(&[own, further].concat());
    let uris: Vec<String> = kinds.iter().map(ProblemType::uri).collect();
    let titles: Vec<&str> = kinds.iter().map(|kind| kind.title).collect();
    let examples = kinds.iter().map(|kind| {
        let place = format!("#/components/examples/{}", kind.name);
        (kind.name.to_owned(), json!({ "$ref": place }))
    });
    let examples: Map<String, Value> = examples.collect();
    let meanings: Vec<String> = kinds
        .iter()
        .map(|kind| format!("`{}`: {}", kind.name, kind.meaning))
        .collect();
    json!({
        "description": meanings.join("\n\n"),
        "headers": headers,
        "content": { "application/problem+json": {
            "schema": { "allOf": [
                schema("Problem"),
                { "properties": {
                    "type": { "enum": uris }, "title": { "enum": titles }, "status": { "const": status },
                } },
            ] },
            "examples": examples,
        } },
    })
}
