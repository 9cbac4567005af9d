//! What a request of the likes asks for, read from its method, path and headers.

use bytes::Bytes;
use http::{Method, Request};

use super::{
    names::{ARTICLE_SERVICE, CHECK_ARTICLE, CHECK_LIKE, LIKE, UNLIKE},
    operation::{Action, LikeOperation},
};
use crate::world::plan::{Host, MessageKind};

/// What a request without steps asks for.
pub(super) fn message_kind(to: Host, method: &Method, path: &str) -> MessageKind {
    let is_of_pair = path.ends_with("/likes/me");
    if path.ends_with("/like") || (is_of_pair && method == Method::PUT) {
        LIKE
    } else if is_of_pair && method == Method::DELETE {
        UNLIKE
    } else if path == "/v1/lookups" {
        match to.service() {
            Some(ARTICLE_SERVICE) => CHECK_ARTICLE,
            _ => CHECK_LIKE,
        }
    } else {
        MessageKind::OTHER
    }
}

/// Whether a request is a like or an unlike.
pub(super) fn is_operation(method: &Method, path: &str) -> bool {
    method != Method::GET && (path.ends_with("/like") || path.ends_with("/likes/me"))
}

/// The like or unlike that a request asks for.
pub(super) fn operation_of(request: &Request<Bytes>) -> Option<LikeOperation> {
    let user = request.headers().get("X-User-ID")?;
    let action = match *request.method() {
        Method::POST => Action::Like,
        Method::PUT => Action::KeepLiked,
        Method::DELETE => Action::Unlike,
        _ => return None,
    };
    let parts = request.uri().path().split('/');
    let mut parts = parts.skip_while(|part| *part != "articles");
    Some(LikeOperation {
        user: user.to_str().ok()?.parse().ok()?,
        action,
        article: parts.nth(1)?.parse().ok()?,
    })
}
