//! The layer in front of the routes of a listener that checks who sends a request.

use std::sync::Arc;

use axum::{
    Router,
    extract::{Request, State},
    http::{HeaderName, request::Parts},
    middleware::{Next, from_fn_with_state},
    response::Response,
};

use super::Identity;
use crate::{env::Env, http::Problem, security::ServiceDoor};

/// Checks who sends a request, before any route. Clones share it.
#[derive(Clone)]
pub struct IdentityLayer(Arc<Shared>);

struct Shared {
    identity: Arc<dyn Identity>,
    /// The header that says who sends the request.
    user: HeaderName,
    services: ServiceDoor,
}

/// What a route learns of a request that names nobody.
#[derive(Clone)]
struct Nobody(Arc<Shared>);

impl IdentityLayer {
    /// A layer that believes this identity. `user` is the header that the routes read.
    pub fn new(identity: Arc<dyn Identity>, user: HeaderName, env: &Env) -> Self {
        let services = ServiceDoor::new(env);
        Self(Arc::new(Shared {
            identity,
            user,
            services,
        }))
    }

    /// The same routes behind it.
    pub(crate) fn in_front_of(&self, routes: Router) -> Router {
        // A layer on no routes would be a mistake to axum.
        match routes.has_routes() {
            true => routes.route_layer(from_fn_with_state(self.clone(), check)),
            false => routes,
        }
    }

    fn check(&self, request: &mut Parts) -> Result<(), Problem> {
        let Shared {
            identity,
            user,
            services,
        } = &*self.0;
        // Another coordinator of ours has checked the request before it passed it on.
        if services.shown(&request.headers, &request.extensions, request.uri.path())? {
            return Ok(());
        }
        identity.check(user, request)?;
        if !request.headers.contains_key(user) {
            request.extensions.insert(Nobody(Arc::clone(&self.0)));
        }
        Ok(())
    }
}

async fn check(
    State(layer): State<IdentityLayer>,
    request: Request,
    next: Next,
) -> Result<Response, Problem> {
    let (mut parts, body) = request.into_parts();
    layer.check(&mut parts)?;
    Ok(next.run(Request::from_parts(parts, body)).await)
}

/// The answer at a route that needs a user, if a credential is missing and not only a header.
#[must_use]
pub fn missing_user(request: &Parts) -> Option<Problem> {
    let Nobody(shared) = request.extensions.get()?;
    shared.identity.missing()
}
