//! A signed token in `Authorization: Bearer`, whose subject is the user (RFC 7519).

use std::{
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use axum::http::{HeaderName, HeaderValue, header, request::Parts};
use jsonwebtoken::{Validation, decode, decode_header};
use serde::Deserialize;

use super::{Identity, Jwks, signatures};
use crate::{env::Clock, http::Problem};

/// How far the clock of the issuer may be wrong.
pub const LEEWAY: Duration = Duration::from_secs(30);
/// The longest token.
pub const TOKEN_BYTES_MAX: usize = 8 * 1024;

/// RFC 6750: a request without a token.
const CHALLENGE: &str = "Bearer realm=\"users\"";
/// RFC 6750: a request with a wrong token.
const CHALLENGE_INVALID: &str = "Bearer realm=\"users\", error=\"invalid_token\"";

/// What a token must say.
#[derive(Debug, Clone)]
pub struct JwtRules {
    /// Who must have issued it. `None`: whoever has the keys.
    pub issuer: Option<String>,
    /// For whom it must be. `None`: it must name nobody.
    pub audience: Option<String>,
    /// Whether a subject can be a user.
    pub is_user: fn(&str) -> bool,
}

/// Believes tokens that are signed with one of the keys.
pub struct Jwt {
    keys: RwLock<Arc<Jwks>>,
    rules: JwtRules,
    clock: Arc<dyn Clock>,
}

/// The claims that are read. Others say nothing here.
#[derive(Deserialize)]
struct Claims {
    sub: Option<String>,
    /// Seconds since 1970, perhaps with a fraction (RFC 7519, section 2).
    exp: Option<f64>,
    nbf: Option<f64>,
    iss: Option<String>,
    aud: Option<Audience>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Many(Vec<String>),
}

impl Audience {
    fn contains(&self, name: &str) -> bool {
        match self {
            Self::One(one) => one == name,
            Self::Many(many) => many.iter().any(|one| one == name),
        }
    }
}

impl Jwt {
    /// Believes tokens by these keys and rules. Their times are compared with the clock.
    pub fn new(keys: Jwks, rules: JwtRules, clock: Arc<dyn Clock>) -> Self {
        signatures::install();
        Self {
            keys: RwLock::new(Arc::new(keys)),
            rules,
            clock,
        }
    }

    /// From now on these keys. A token that was signed with a key that is gone is refused.
    pub fn replace(&self, keys: Jwks) {
        *self.keys.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(keys);
    }

    /// The user of a token.
    ///
    /// # Errors
    /// Why it is not believed. No text repeats a part of it.
    fn user(&self, token: &str) -> Result<String, &'static str> {
        if token.len() > TOKEN_BYTES_MAX {
            return Err("is longer than 8 KiB");
        }
        let head = decode_header(token);
        let head = head.map_err(|_| "is not a token that is signed with RS256 or EdDSA")?;
        if head.crit.is_some() {
            return Err("demands an extension (`crit`), and this process knows none");
        }
        let keys = Arc::clone(&self.keys.read().unwrap_or_else(PoisonError::into_inner));
        let (algorithm, key) = keys
            .find(head.kid.as_deref())
            .ok_or("is signed with a key that is not in the file of `--jwks`")?;
        // The key says how it is used. What the token says is only compared with it.
        if head.alg != *algorithm {
            return Err("names another algorithm than its key has");
        }
        let mut only_the_signature = Validation::new(*algorithm);
        only_the_signature.required_spec_claims.clear();
        only_the_signature.validate_exp = false;
        only_the_signature.validate_aud = false;
        let decoded = decode::<Claims>(token, key, &only_the_signature);
        let claims = decoded.map_err(|_| "has a wrong signature, or claims that cannot be read")?;
        self.believe(claims.claims)
    }

    fn believe(&self, claims: Claims) -> Result<String, &'static str> {
        let (now, leeway) = (seconds(self.clock.now().0), LEEWAY.as_secs_f64());
        let ends = claims
            .exp
            .ok_or("has no time at which it expires (`exp`)")?;
        if !(now < ends + leeway) {
            return Err("has expired");
        }
        if claims.nbf.is_some_and(|begins| !(begins - leeway <= now)) {
            return Err("is not valid yet (`nbf`)");
        }
        if self.rules.issuer.is_some() && claims.iss != self.rules.issuer {
            return Err("was issued by somebody else (`iss`)");
        }
        let is_for_us = match (&self.rules.audience, &claims.aud) {
            (Some(audience), Some(given)) => given.contains(audience),
            // A token for somebody must not be accepted by anybody (RFC 7519, section 4.1.3).
            (None, given) => given.is_none(),
            (Some(_), None) => false,
        };
        if !is_for_us {
            return Err("is for somebody else (`aud`)");
        }
        let user = claims.sub.filter(|user| (self.rules.is_user)(user));
        user.ok_or("names no user in `sub`")
    }
}

impl Identity for Jwt {
    fn check(&self, user: &HeaderName, request: &mut Parts) -> Result<(), Problem> {
        let mut tokens = request.headers.get_all(header::AUTHORIZATION).iter();
        let Some(token) = tokens.next() else {
            return match request.headers.contains_key(user) {
                // Nobody is believed without a token.
                true => Err(missing()),
                false => Ok(()),
            };
        };
        let refused = |why: &str| {
            let detail = format!("The token {why}. Nothing was done.");
            Problem::unauthorized(detail, CHALLENGE_INVALID)
        };
        let Some(token) = bearer(token).filter(|_| tokens.next().is_none()) else {
            return Err(refused("is not one `Authorization: Bearer TOKEN`"));
        };
        let subject = self.user(token).map_err(refused)?;
        let mut named = request.headers.get_all(user).iter();
        if named.any(|named| named.as_bytes().trim_ascii() != subject.as_bytes()) {
            let detail = format!("`{user}` names another user than the token. Nothing was done.");
            return Err(Problem::forbidden(detail));
        }
        let subject = HeaderValue::try_from(subject);
        let subject = subject.map_err(|_| refused("names no user in `sub`"))?;
        request.headers.insert(user, subject);
        Ok(())
    }

    fn missing(&self) -> Option<Problem> {
        Some(missing())
    }
}

fn missing() -> Problem {
    let detail = "This request needs a user: send a token as `Authorization: Bearer TOKEN`. Nothing was done.";
    Problem::unauthorized(detail, CHALLENGE)
}

/// The token in a value of `Authorization`. The name of the scheme may be in any case (RFC 9110, section 11.1).
fn bearer(value: &HeaderValue) -> Option<&str> {
    let (scheme, token) = value.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("Bearer").then(|| token.trim())
}

fn seconds(micros: i64) -> f64 {
    #[expect(
        clippy::cast_precision_loss,
        reason = "exact to the microsecond until the year 2255"
    )]
    let micros = micros as f64;
    micros / 1e6
}

#[cfg(test)]
mod tests;
