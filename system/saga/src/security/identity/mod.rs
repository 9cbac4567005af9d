//! Who sends a request: what a process believes, and the layer that checks it before any route.
//!
//! ```text
//!  request ─► IdentityLayer ─┬─ secret of a service: it has been checked by another process of ours
//!                            ├─ TrustedHeader: the header, if the peer is a gateway of ours
//!                            └─ Jwt: the subject of a signed token, written into the header
//!                            ▼
//!                          routes, which read the header
//! ```
//!
//! So the routes know one header, whoever vouches for it. A request that names nobody passes: a route that needs a user refuses it.
//!
//! Files: `trusted_header.rs` and `peers.rs` (a gateway), `jwt.rs`, `jwks.rs` and `signatures.rs` (tokens), `layer.rs`.

mod jwks;
mod jwt;
mod layer;
mod peers;
mod signatures;
mod trusted_header;

use axum::http::{HeaderName, request::Parts};

pub use jwks::{Jwks, JwksError, KEYS_MAX};
pub use jwt::{Jwt, JwtRules, LEEWAY, TOKEN_BYTES_MAX};
pub use layer::{IdentityLayer, missing_user};
pub use peers::{NotPeers, Peers};
pub use trusted_header::TrustedHeader;

use crate::http::Problem;

/// Finds out who sends a request.
pub trait Identity: Send + Sync {
    /// Checks the credentials of a request, and makes the header `user` say who sends it. A request without credentials
    /// passes, without the header.
    ///
    /// # Errors
    /// A 401 or 403: a credential is wrong, or comes from somebody who may not vouch for a user.
    fn check(&self, user: &HeaderName, request: &mut Parts) -> Result<(), Problem>;

    /// The answer to a request that names nobody, at a route that needs a user. `None`: the route says what is wrong with the
    /// header.
    fn missing(&self) -> Option<Problem> {
        None
    }
}
