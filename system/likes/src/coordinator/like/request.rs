//! A like request, and the three values derived from it: lock key, request key and fingerprint.

use likewise_saga::protocol::Document;
use serde_json::json;

use crate::id::{ArticleId, UserId};

/// Like or unlike.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LikeAction {
    /// Afterwards the record exists.
    Like,
    /// Afterwards it does not.
    Unlike,
}

/// A client's request.
#[derive(Debug, Clone)]
pub struct LikeRequest {
    /// Like or unlike.
    pub action: LikeAction,
    /// The user who likes or unlikes.
    pub user: UserId,
    /// The article that is liked or unliked.
    pub article: ArticleId,
    /// The `Idempotency-Key`, if the client sent one.
    pub key: Option<String>,
}

impl LikeRequest {
    /// The user and the article: what a saga locks while it is open.
    #[must_use]
    pub fn pair(&self) -> String {
        format!("{}:{}", self.user, self.article)
    }

    /// The idempotency key, scoped to the user: two users may choose the same key.
    pub(super) fn request_key(&self) -> Option<String> {
        self.key.as_ref().map(|key| format!("{}:{key}", self.user))
    }

    /// A hash of what is requested. A key may only be repeated with the same fingerprint.
    ///
    /// The log stores fingerprints. So the field names and values must stay as they are, including
    /// `wish`, the name of the action in older versions.
    pub(super) fn fingerprint(&self) -> i64 {
        let action = match self.action {
            LikeAction::Like => "like",
            LikeAction::Unlike => "unlike",
        };
        Document::from(json!({ "wish": action, "user": self.user, "article": self.article }))
            .fingerprint()
    }
}
