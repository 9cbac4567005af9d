//! A like request, and the three values derived from it: lock key, request key and fingerprint.

use likewise_saga::protocol::Document;
use serde_json::json;

use crate::id::{ArticleId, UserId};

/// Like or unlike. Each action has its own route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LikeAction {
    /// Afterwards the record exists. A repeated like is a conflict.
    Like,
    /// Afterwards the record exists. A repeated like returns it.
    KeepLiked,
    /// Afterwards the record does not exist.
    Unlike,
}

impl LikeAction {
    /// Method and route. A part of stored fingerprints, so these texts must never change.
    fn operation(self) -> &'static str {
        match self {
            Self::Like => "POST /articles/{article_id}/like",
            Self::KeepLiked => "PUT /v1/articles/{article_id}/likes/me",
            Self::Unlike => "DELETE /v1/articles/{article_id}/likes/me",
        }
    }
}

/// A client's request.
#[derive(Debug, Clone)]
pub struct LikeRequest {
    /// What is requested.
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

    /// A hash of method, route and arguments. A key may only be repeated with the same fingerprint.
    ///
    /// The log stores fingerprints. So the field names and values must stay as they are.
    pub(super) fn fingerprint(&self) -> i64 {
        let operation = self.action.operation();
        Document::from(
            json!({ "operation": operation, "user": self.user, "article": self.article }),
        )
        .fingerprint()
    }

    /// Whether the request under a key, whose fingerprint the log stores, was this one.
    ///
    /// An older version may have stored it. Its fingerprints do not tell a `POST` from a `PUT`, so both are accepted.
    pub(super) fn is_stored_as(&self, fingerprint: i64) -> bool {
        fingerprint == self.fingerprint() || fingerprint == self.fingerprint_before_routes()
    }

    /// The fingerprint of versions that did not tell a `POST` from a `PUT`.
    fn fingerprint_before_routes(&self) -> i64 {
        let action = match self.action {
            LikeAction::Like | LikeAction::KeepLiked => "like",
            LikeAction::Unlike => "unlike",
        };
        Document::from(json!({ "wish": action, "user": self.user, "article": self.article }))
            .fingerprint()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(action: LikeAction) -> LikeRequest {
        LikeRequest {
            action,
            user: UserId(7),
            article: ArticleId(1),
            key: None,
        }
    }

    const ACTIONS: [LikeAction; 3] = [LikeAction::Like, LikeAction::KeepLiked, LikeAction::Unlike];

    // The log stores these numbers, and older versions have stored the others. With another number, the repeat of a request
    // from before an update would be refused.
    #[test]
    fn the_fingerprints_in_the_log_never_change() {
        let now = ACTIONS.map(|action| request(action).fingerprint());
        assert_eq!(
            now,
            [
                3_552_225_095_230_677_185,
                -3_261_167_861_775_245_378,
                -3_592_182_818_928_420_298
            ]
        );
        let before = ACTIONS.map(|action| request(action).fingerprint_before_routes());
        assert_eq!(
            before,
            [
                703_665_266_205_230_623,
                703_665_266_205_230_623,
                7_744_624_104_887_514_257
            ]
        );
    }

    #[test]
    fn a_stored_fingerprint_is_accepted_by_the_requests_that_may_have_made_it() {
        let accepted_by =
            |fingerprint| ACTIONS.map(|action| request(action).is_stored_as(fingerprint));
        let [post, put, delete] = ACTIONS.map(|action| request(action).fingerprint());
        assert_eq!(accepted_by(post), [true, false, false]);
        assert_eq!(accepted_by(put), [false, true, false]);
        assert_eq!(accepted_by(delete), [false, false, true]);
        let [like, _, unlike] = ACTIONS.map(|action| request(action).fingerprint_before_routes());
        assert_eq!(accepted_by(like), [true, true, false]);
        assert_eq!(accepted_by(unlike), [false, false, true]);
    }
}
