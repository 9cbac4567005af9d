//! The requests of likes: what clients send, and what a request asks for.

use bytes::Bytes;
use http::{Method, Request, header};
use likewise_saga::id::SagaId;
use serde_json::Value;

use super::{
    names::{ARTICLE_SERVICE, CHECK_ARTICLE, CHECK_LIKE, LIKE, UNLIKE, USER, USER_SERVICE},
    operation::{Action, LikeOperation},
    prober, reads,
    set_up::LikeSetUp,
    system::Likes,
};
use likewise_world::{
    Requests, balancer,
    check::Attempt,
    plan::{Fields, Host, MessageKind, Plan},
};

/// A user that no plan contains.
const UNKNOWN_USER: i64 = 999_999_999;

impl Requests for Likes {
    fn request(&self, to: &str, what: &Fields, key: Option<&str>) -> Request<Bytes> {
        let LikeOperation {
            user,
            action,
            article,
        } = LikeOperation::of_fields(what);
        let (method, path) = match action {
            Action::Like => (Method::POST, format!("/articles/{article}/like")),
            Action::KeepLiked => (Method::PUT, format!("/v1/articles/{article}/likes/me")),
            Action::Unlike => (Method::DELETE, format!("/v1/articles/{article}/likes/me")),
        };
        let mut builder = Request::builder()
            .method(method)
            .uri(format!("http://{to}{path}"))
            .header("X-User-ID", user);
        if let Some(key) = key {
            builder = builder.header("Idempotency-Key", key);
        }
        finished(builder, Bytes::new())
    }

    /// Creates the articles 1 to n, and the one of the probers if there are any; blocks users, so that the user service refuses
    /// their likes and their sagas must be compensated.
    fn set_up(&self, plan: &Plan) -> Vec<Request<Bytes>> {
        let set_up = LikeSetUp::of(plan);
        let of_probers = plan.probes_readiness.then(|| prober::article(plan));
        let articles = (1..=set_up.articles).chain(of_probers).map(create_article);
        let blocked = set_up.blocked_users.into_iter();
        let blocks = blocked.map(|user| block(Method::PUT, &balancer(USER_SERVICE), user));
        articles.chain(blocks).collect()
    }

    fn message_kind(&self, to: Host, method: &Method, path: &str) -> MessageKind {
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

    fn is_operation(&self, method: &Method, path: &str) -> bool {
        method != Method::GET && (path.ends_with("/like") || path.ends_with("/likes/me"))
    }

    fn operation_of(&self, request: &Request<Bytes>) -> Option<Fields> {
        let user = request.headers().get("X-User-ID")?;
        let action = match *request.method() {
            Method::POST => Action::Like,
            Method::PUT => Action::KeepLiked,
            Method::DELETE => Action::Unlike,
            _ => return None,
        };
        let parts = request.uri().path().split('/');
        let mut parts = parts.skip_while(|part| *part != "articles");
        let what = LikeOperation {
            user: user.to_str().ok()?.parse().ok()?,
            action,
            article: parts.nth(1)?.parse().ok()?,
        };
        Some(what.fields())
    }

    fn prober_operations(
        &self,
        plan: &Plan,
        coordinator: i64,
    ) -> Box<dyn Iterator<Item = Fields> + Send + Sync> {
        Box::new(prober::operations(plan, coordinator))
    }

    fn read(&self, plan: &Plan, number: u64) -> Option<Request<Bytes>> {
        reads::read(plan, number)
    }

    fn next_page(&self, request: &Request<Bytes>, answer: &Attempt) -> Option<Request<Bytes>> {
        reads::next_page(request, answer)
    }

    /// Unblocks the users that the plan blocks.
    fn end_refusals(&self, plan: &Plan) -> Vec<Request<Bytes>> {
        let blocked = LikeSetUp::of(plan).blocked_users.into_iter();
        let unblocks = blocked.map(|user| block(Method::DELETE, USER.name(), user));
        unblocks.collect()
    }

    /// An unlike in place of a like, and the other way round.
    fn other_operation(&self, what: &Fields) -> Fields {
        let what = LikeOperation::of_fields(what);
        let action = match what.action {
            Action::Like | Action::KeepLiked => Action::Unlike,
            Action::Unlike => Action::Like,
        };
        LikeOperation { action, ..what }.fields()
    }

    /// The next article or user.
    fn other_args(&self, mut args: Value) -> Value {
        for name in ["article_id", "user_id"] {
            if let Some(id) = args.get(name).and_then(Value::as_i64) {
                args[name] = (id + 1).into();
            }
        }
        args
    }

    /// For a user without records, so that the record could be made.
    fn args_of_unknown_saga(&self, mut args: Value, saga: SagaId) -> Value {
        if let Some(user) = args.get_mut("user_id") {
            *user = UNKNOWN_USER.into();
            if let Some(id) = args.get_mut("id") {
                *id = saga.to_string().into();
            }
        }
        args
    }
}

/// Creates an article. The key makes a retry create no second one.
fn create_article(article: u32) -> Request<Bytes> {
    let to = balancer(ARTICLE_SERVICE);
    let builder = Request::post(format!("http://{to}/v1/articles"))
        .header("Idempotency-Key", format!("article-{article}"))
        .header(header::CONTENT_TYPE, "application/json");
    let body = format!(r#"{{"title":"Article {article}"}}"#);
    finished(builder, body.into())
}

/// Blocks a user, or unblocks it.
fn block(method: Method, to: &str, user: i64) -> Request<Bytes> {
    let uri = format!("http://{to}/v1/users/{user}/block");
    finished(Request::builder().method(method).uri(uri), Bytes::new())
}

fn finished(builder: http::request::Builder, body: Bytes) -> Request<Bytes> {
    // The address, the path and the key come from the plan's hosts and from numbers: they are plain ASCII.
    builder
        .body(body)
        .expect("a request of plain ASCII parts is valid")
}
