//! The header of a gateway, which has authenticated the user.

use axum::http::{HeaderName, request::Parts};

use super::{Identity, Peers};
use crate::{http::Problem, security::Peer};

/// RFC 9110, section 11.6.1: what a 401 asks for.
const CHALLENGE: &str = "Gateway realm=\"users\"";

/// Believes the header, if the request comes from one of these peers. Without peers, it believes everybody.
#[derive(Debug, Clone, Default)]
pub struct TrustedHeader(pub Option<Peers>);

impl Identity for TrustedHeader {
    fn check(&self, user: &HeaderName, request: &mut Parts) -> Result<(), Problem> {
        let Some(peers) = &self.0 else {
            return Ok(());
        };
        let peer = request.extensions.get::<Peer>();
        let is_trusted = peer.is_some_and(|peer| peers.contain(peer.0));
        match is_trusted || !request.headers.contains_key(user) {
            true => Ok(()),
            false => Err(Problem::unauthorized(
                "The header that names the user is only accepted from a gateway of `--trusted-peers`. Nothing was done.",
                CHALLENGE,
            )),
        }
    }
}
