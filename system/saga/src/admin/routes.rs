//! The checks in front of the admin routes: is the token known, and may its role do this?

use std::sync::Arc;

use axum::{
    Router,
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, header},
    middleware::{Next, from_fn_with_state},
    response::{IntoResponse, Response},
};

use super::{
    console::Console,
    operator::{Operator, Role},
    tokens::AdminTokens,
};
use crate::http::{HttpMetrics, Problem, fallbacks, measured};

/// RFC 6750: a request without a token.
const CHALLENGE: &str = "Bearer realm=\"admin\"";
/// RFC 6750: a request with a wrong token.
const CHALLENGE_INVALID: &str = "Bearer realm=\"admin\", error=\"invalid_token\"";
const SCHEME: &str = "Bearer";

/// Routes of an admin listener, each behind a role.
pub struct AdminRoutes {
    tokens: Arc<AdminTokens>,
    routes: Router,
    /// What has its own door.
    console: Router,
}

impl AdminRoutes {
    /// An admin listener without routes, for the owners of these tokens.
    #[must_use]
    pub fn new(tokens: AdminTokens) -> Self {
        Self {
            tokens: Arc::new(tokens),
            routes: Router::new(),
            console: Router::new(),
        }
    }

    /// Adds routes that need at least this role.
    #[must_use]
    pub fn with(mut self, role: Role, routes: Router) -> Self {
        // A layer on no routes would be a mistake to axum.
        if routes.has_routes() {
            let behind_role = routes.route_layer(from_fn_with_state(role, require));
            self.routes = self.routes.merge(behind_role);
        }
        self
    }

    /// Adds a console. Its pages check their own cookie, which opens none of the other routes. Only one console fits.
    #[must_use]
    pub fn with_console(mut self, console: &Console) -> Self {
        self.console = console.routes(Arc::clone(&self.tokens));
        self
    }

    /// All routes of the listener. A request without a known token gets 401 whatever its path is, so it does not learn which
    /// paths there are. Only those of the console are known to everybody.
    pub fn routes(self, metrics: &Arc<HttpMetrics>) -> Router {
        let closed = fallbacks(self.routes).layer(from_fn_with_state(self.tokens, authenticate));
        // Outermost, so that refused requests are counted, too.
        measured(closed.merge(self.console), metrics)
    }
}

/// The answer to a request without a token.
pub(super) fn missing() -> Problem {
    let detail =
        "This listener needs a token: send it as `Authorization: Bearer TOKEN`. Nothing was done.";
    Problem::unauthorized(detail, CHALLENGE)
}

/// Finds out who asks. No answer may be kept by a cache between here and there.
async fn authenticate(
    State(tokens): State<Arc<AdminTokens>>,
    mut request: Request,
    next: Next,
) -> Response {
    let mut response = match operator(&tokens, request.headers()) {
        Ok(operator) => {
            request.extensions_mut().insert(operator);
            next.run(request).await
        }
        Err(problem) => problem.into_response(),
    };
    let no_store = HeaderValue::from_static("no-store");
    response
        .headers_mut()
        .insert(header::CACHE_CONTROL, no_store);
    response
}

fn operator(tokens: &AdminTokens, headers: &HeaderMap) -> Result<Operator, Problem> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let value = values.next().ok_or_else(missing)?;
    // Two credentials would leave open whose action it is.
    let token = token(value).filter(|_| values.next().is_none());
    let known = token.and_then(|token| tokens.find(token));
    known.cloned().ok_or_else(|| {
        let detail =
            "`Authorization` is not `Bearer` with a token of this process. Nothing was done.";
        Problem::unauthorized(detail, CHALLENGE_INVALID)
    })
}

/// The token in a value of `Authorization`. The name of the scheme may be in any case (RFC 9110, section 11.1).
fn token(value: &HeaderValue) -> Option<&[u8]> {
    let (scheme, rest) = value.as_bytes().split_at_checked(SCHEME.len())?;
    let is_bearer = scheme.eq_ignore_ascii_case(SCHEME.as_bytes()) && rest.starts_with(b" ");
    is_bearer.then(|| rest.trim_ascii())
}

/// Requires a role of the one who asks.
async fn require(
    State(role): State<Role>,
    operator: Operator,
    request: Request,
    next: Next,
) -> Result<Response, Problem> {
    if operator.role >= role {
        return Ok(next.run(request).await);
    }
    let own = operator.role;
    let detail = format!(
        "This request needs the role {role}, and the token has the role {own}. Nothing was done."
    );
    Err(Problem::forbidden(detail))
}

#[cfg(test)]
mod tests {
    use axum::{
        body::{Body, to_bytes},
        routing::{get, post},
    };
    use tower::ServiceExt;

    use super::*;

    const READ: &str = "0123456789abcdef-read";
    const OPERATE: &str = "0123456789abcdef-operate";

    async fn send(method: &str, path: &str, authorization: &[&str]) -> (u16, HeaderMap, String) {
        let tokens = format!("ann read {READ}\nbob operate {OPERATE}\n");
        let look = get(async |operator: Operator| format!("{} looks", operator.name));
        let act = post(async |operator: Operator| format!("{} acts", operator.name));
        let routes = AdminRoutes::new(tokens.parse().unwrap())
            .with(Role::Read, Router::new().route("/look", look))
            .with(Role::Operate, Router::new().route("/act", act))
            .routes(&HttpMetrics::new("admin"));
        let mut request = Request::builder().method(method).uri(path);
        for value in authorization {
            request = request.header("Authorization", *value);
        }
        let answer = routes.oneshot(request.body(Body::empty()).unwrap());
        let (parts, body) = answer.await.unwrap().into_parts();
        let body = to_bytes(body, 10_000).await.unwrap();
        let text = String::from_utf8(body.to_vec()).unwrap();
        (parts.status.as_u16(), parts.headers, text)
    }

    fn bearer(token: &str) -> String {
        format!("Bearer {token}")
    }

    #[tokio::test]
    async fn a_request_without_a_known_token_is_401_whatever_its_path_is() {
        let wrong = [
            vec![],
            vec![bearer("0123456789abcdef-other")],
            vec![bearer("")],
            vec![bearer(&READ[..READ.len() - 1])],
            vec![bearer(&format!("{READ}x"))],
            vec![format!("Basic {READ}")],
            vec![READ.to_owned()],
            vec![bearer(READ), bearer(READ)],
        ];
        for values in wrong {
            let values: Vec<&str> = values.iter().map(String::as_str).collect();
            for (method, path) in [("GET", "/look"), ("POST", "/act"), ("GET", "/nothing")] {
                let (status, headers, text) = send(method, path, &values).await;
                assert_eq!(status, 401, "{values:?}: {text}");
                let challenge = headers["www-authenticate"].to_str().unwrap();
                assert!(challenge.starts_with("Bearer realm="), "{challenge}");
                assert_eq!(challenge.contains("invalid_token"), !values.is_empty());
                assert_eq!(headers["content-type"], "application/problem+json");
                assert!(text.contains("/problems#unauthorized"), "{text}");
                assert!(!text.contains("0123456789abcdef"), "{text}");
            }
        }
    }

    #[tokio::test]
    async fn a_role_that_is_too_weak_is_403_and_the_others_reach_the_handler() {
        let (read, operate) = (bearer(READ), format!("bearer  {OPERATE}"));
        let (status, headers, text) = send("POST", "/act", &[&read]).await;
        assert_eq!(status, 403, "{text}");
        assert!(text.contains("needs the role operate"), "{text}");
        assert_eq!(headers["cache-control"], "no-store");
        for (method, path, token, answer) in [
            ("GET", "/look", &read, "ann looks"),
            ("GET", "/look", &operate, "bob looks"),
            ("POST", "/act", &operate, "bob acts"),
        ] {
            let (status, headers, text) = send(method, path, &[token]).await;
            assert_eq!((status, &*text), (200, answer));
            assert_eq!(headers["cache-control"], "no-store");
        }
    }

    #[tokio::test]
    async fn a_known_token_learns_of_wrong_paths_and_methods() {
        assert_eq!(send("GET", "/nothing", &[&bearer(READ)]).await.0, 404);
        let (status, headers, _) = send("GET", "/act", &[&bearer(READ)]).await;
        assert_eq!(
            (status, &headers["allow"]),
            (405, &HeaderValue::from_static("POST"))
        );
    }
}
