//! The `Idempotency-Key` of a request to create an article.
//!
//! A key is scoped by its caller: two users may choose the same one. Versions before the scope stored the key as it was sent,
//! without its sender. Such a key still replays its article, to every caller.

use likewise_saga::protocol::Document;
use serde_json::json;

use crate::id::UserId;

/// A client's `Idempotency-Key`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestKey {
    /// The user who sent it; `None` for an anonymous caller.
    pub caller: Option<UserId>,
    /// The key, as the client sent it.
    pub key: String,
}

/// How a request is stored under its key: the same key with another fingerprint is an error.
pub(super) struct StoredRequest {
    pub(super) key: String,
    pub(super) fingerprint: i64,
}

impl RequestKey {
    /// The request as it is stored: the key with its scope, and a hash of method, route and title. The format must never
    /// change.
    ///
    /// The key itself has no space. So a key with its scope never equals one that was stored without.
    pub(super) fn stored(&self, title: &str) -> StoredRequest {
        let key = match self.caller {
            Some(user) => format!("{user} {}", self.key),
            None => format!("- {}", self.key),
        };
        let request = json!({ "operation": "POST /v1/articles", "title": title });
        StoredRequest {
            key,
            fingerprint: Document::from(request).fingerprint(),
        }
    }

    /// The same request as versions before the scope stored it.
    pub(super) fn stored_before_scope(&self, title: &str) -> StoredRequest {
        StoredRequest {
            key: self.key.clone(),
            fingerprint: Document::from(json!({ "title": title })).fingerprint(),
        }
    }
}
