//! The OpenAPI document of the services, made from the code's own limits and problem types.
//!
//! It is compiled for the tests only. They compare it with `schemas/openapi.json`, which the binary contains and serves. So
//! neither a simulated process nor a deployed one builds the document, and no crate is built for it. Two tests hold the document
//! to the code: every route in the sources is in it, and the client of the HTTP tests refuses an answer that it does not describe.
//!
//! Files: `operations.rs` (paths and methods; `transactions.rs` has those of transactions), `operation.rs` (one of them), `parts.rs` (parameters, headers and problems) and
//! `schemas.rs` (bodies).

mod operation;
mod operations;
mod parts;
mod schemas;
mod transactions;

use serde_json::{Value, json};

/// The whole document.
fn document() -> Value {
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Likewise",
            "version": env!("CARGO_PKG_VERSION"),
            "summary": "Likes and unlikes of articles, by sagas over three services.",
            "description": DESCRIPTION,
            "license": { "name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0" },
        },
        // The same address: every process serves the document.
        "servers": [{ "url": "/" }],
        "tags": [
            { "name": "coordinator", "description": "Likes, unlikes and their transactions. With one service per process, the coordinator answers these routes." },
            { "name": "article service", "description": "Articles and their counts. With one service per process, the article service answers these routes." },
            { "name": "user service", "description": "Like records and blocked users. With one service per process, the user service answers these routes." },
            { "name": "every process", "description": "Health. Every process answers these routes for itself." },
        ],
        "paths": operations::paths(),
        "components": {
            "schemas": schemas::schemas(),
            "parameters": parts::parameters(),
            "headers": parts::headers(),
            "examples": parts::examples(),
        },
    })
}

const DESCRIPTION: &str = "\
A like is a saga: the article service counts it, and the user service stores the record. Every answer says what is known of the \
effect. A request with an `Idempotency-Key` may be repeated until it has an outcome.

Errors are problem details (RFC 9457). Their `type` leads to the page `/problems`. Every path also answers `HEAD` where it has \
`GET`, and `OPTIONS` with the methods in `Allow`.

One vocabulary of states: a transaction and each of its steps is `pending`, `done` or `failed`. `saga_status` says which way a \
transaction goes: `running` and `compensating` are pending, `completed` is done, `compensated` is failed.";

#[cfg(test)]
mod tests {
    use std::{
        collections::BTreeSet,
        fs,
        path::{Path, PathBuf},
    };

    use super::*;

    fn root() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
    }

    /// Whether the files are to be written instead of compared.
    fn renews() -> bool {
        std::env::var_os("LIKEWISE_RENEW").is_some()
    }

    #[track_caller]
    fn compare(file: &str, wanted: &str) {
        let path = root().join(file);
        if renews() {
            fs::write(&path, wanted).unwrap();
        }
        let published = fs::read_to_string(&path).unwrap_or_default();
        assert!(
            published == wanted,
            "{file} is not current: run `cargo xtask openapi`"
        );
    }

    #[test]
    fn r11_the_published_document_is_current() {
        let text = serde_json::to_string_pretty(&document()).unwrap();
        compare("schemas/openapi.json", &format!("{text}\n"));
    }

    /// The type of a problem leads to this page.
    #[test]
    fn the_page_of_problems_is_current() {
        compare("docs/problems.md", &crate::http::problems_as_markdown());
    }

    /// The paths in the calls `.route("…"` of a source text.
    fn routes(text: &str) -> impl Iterator<Item = &str> {
        let calls = text.split(".route(").skip(1);
        let arguments = calls.filter_map(|rest| rest.trim_start().strip_prefix('"'));
        arguments.filter_map(|rest| rest.split('"').next())
    }

    #[test]
    fn r11_every_public_route_is_documented() {
        let files = [
            "system/likes/src/article/routes.rs",
            "system/likes/src/user/routes.rs",
            "system/likes/src/coordinator/like/routes.rs",
            "system/saga/src/coordinator/routes.rs",
            "system/saga/src/coordinator/transactions/routes.rs",
        ];
        let mut served: BTreeSet<String> = ["/livez", "/readyz"].map(str::to_owned).into();
        for file in files {
            let text = fs::read_to_string(root().join(file)).unwrap();
            served.extend(routes(&text).map(str::to_owned));
        }
        let document = document();
        let documented = document["paths"].as_object().unwrap().keys().cloned();
        assert_eq!(documented.collect::<BTreeSet<_>>(), served);
    }
}
