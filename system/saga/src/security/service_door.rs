//! The check in front of the routes between services: is the secret one of ours?

use std::{
    net::{IpAddr, Ipv4Addr},
    sync::Arc,
};

use axum::{
    Router,
    extract::{Request, State},
    http::{Extensions, HeaderMap, HeaderName},
    middleware::{Next, from_fn_with_state},
    response::Response,
};

use super::{
    attempts::{Attempts, Log},
    peer::Peer,
    secrets::SecretSource,
};
use crate::{
    env::{Clock, Env},
    http::Problem,
};

/// The header with the secret of a service.
pub const SERVICE_SECRET: HeaderName = HeaderName::from_static("likewise-service-secret");

/// RFC 9110, section 11.6.1: what a 401 asks for.
const CHALLENGE: &str = "Likewise-Service-Secret realm=\"services\"";

/// Adds the newest secret to the headers of a request to another service. Without a secret, no such header is left.
pub fn show(secrets: &dyn SecretSource, headers: &mut HeaderMap) {
    match secrets.current() {
        Some(secrets) => headers.insert(SERVICE_SECRET, secrets.newest()),
        None => headers.remove(SERVICE_SECRET),
    };
}

/// The door in front of the internal routes of a service. Clones share it.
#[derive(Clone)]
pub(crate) struct ServiceDoor(Arc<Shared>);

struct Shared {
    secrets: Arc<dyn SecretSource>,
    clock: Arc<dyn Clock>,
    attempts: Attempts,
}

impl ServiceDoor {
    /// The door of a process with this environment.
    pub(crate) fn new(env: &Env) -> Self {
        Self(Arc::new(Shared {
            secrets: Arc::clone(&env.service_secrets),
            clock: Arc::clone(&env.clock),
            attempts: Attempts::default(),
        }))
    }

    /// These routes, for those who show a secret. The body of a request is not read before.
    pub(crate) fn in_front_of(&self, routes: Router) -> Router {
        // A layer on no routes would be a mistake to axum.
        match routes.has_routes() {
            true => routes.route_layer(from_fn_with_state(self.clone(), check)),
            false => routes,
        }
    }

    /// # Errors
    /// A 401: the secret is missing or wrong. A 429: the peer has shown too many wrong ones.
    fn check(&self, request: &Request) -> Result<(), Problem> {
        let (headers, extensions) = (request.headers(), request.extensions());
        self.demand(headers, extensions, request.uri().path())
    }

    /// Whether a request shows a secret of ours, at a route that does not need one.
    ///
    /// # Errors
    /// As [`check`](Self::check), if it shows a wrong one.
    pub(crate) fn shown(
        &self,
        headers: &HeaderMap,
        extensions: &Extensions,
        path: &str,
    ) -> Result<bool, Problem> {
        let is_shown = headers.contains_key(SERVICE_SECRET) && self.0.secrets.current().is_some();
        match is_shown {
            true => self.demand(headers, extensions, path).map(|()| true),
            false => Ok(false),
        }
    }

    fn demand(
        &self,
        headers: &HeaderMap,
        extensions: &Extensions,
        path: &str,
    ) -> Result<(), Problem> {
        let Some(secrets) = self.0.secrets.current() else {
            return Ok(());
        };
        let peer = extensions.get::<Peer>();
        let peer = peer.map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |peer| peer.0);
        let now = self.0.clock.steady();
        let attempts = &self.0.attempts;
        if let Some(delay) = attempts.delay(peer, now) {
            return Err(Problem::too_many_attempts(delay));
        }
        let mut values = headers.get_all(SERVICE_SECRET).iter();
        let given = values.next().map(|value| value.as_bytes());
        // Two secrets would be two guesses in one request.
        let is_one = values.next().is_none();
        if given.is_some_and(|given| secrets.accept(given)) && is_one {
            attempts.right(peer, now);
            return Ok(());
        }
        let what = match given {
            None => "no",
            Some(_) => "a wrong",
        };
        if let Log::Yes { unlogged } = attempts.refused(peer, given, now) {
            tracing::warn!(
                %peer,
                path,
                unlogged,
                "a request was refused: it has {what} service secret; further ones of this peer are logged once a minute"
            );
        }
        let detail = match given {
            None => {
                "This route is for the services of this system: it needs their secret in `Likewise-Service-Secret`. Nothing was done."
            }
            Some(_) => {
                "`Likewise-Service-Secret` is not a secret of this process. Nothing was done."
            }
        };
        Err(Problem::unauthorized(detail, CHALLENGE))
    }
}

async fn check(
    State(door): State<ServiceDoor>,
    request: Request,
    next: Next,
) -> Result<Response, Problem> {
    door.check(&request)?;
    Ok(next.run(request).await)
}
