//! The public keys of an issuer: a JSON Web Key Set (RFC 7517) in a file.

use std::{collections::BTreeMap, str::FromStr};

use jsonwebtoken::{
    Algorithm, DecodingKey,
    jwk::{AlgorithmParameters, EllipticCurve, Jwk, KeyAlgorithm, PublicKeyUse},
};
use serde_json::Value;

/// The most keys of a file.
pub const KEYS_MAX: usize = 64;

/// The keys that tokens may be signed with, each with its algorithm, by their `kid`.
#[derive(Debug)]
pub struct Jwks(BTreeMap<Option<String>, (Algorithm, DecodingKey)>);

/// A key set that is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum JwksError {
    /// It is something else.
    #[error("it is not a JSON Web Key Set: give {{\"keys\": […]}}")]
    NotASet,
    /// A key is not public. It must not be in this file, and neither of those who read it needs it.
    #[error("key {0} has a private part: give only the public keys")]
    Private(usize),
    /// A key cannot be read.
    #[error("key {0} is not valid: an RSA key has n and e, an Ed25519 key has crv and x")]
    Invalid(usize),
    /// Two keys have one name.
    #[error("key {0} has the kid of an earlier key")]
    Twice(usize),
    /// There are too many.
    #[error("there are more than {KEYS_MAX} keys")]
    TooMany,
    /// No key can be used.
    #[error("no key is for signatures with RS256 or EdDSA (Ed25519)")]
    Empty,
}

impl Jwks {
    /// The key that a token names. A token may name none only if there is one key.
    pub(super) fn find(&self, kid: Option<&str>) -> Option<&(Algorithm, DecodingKey)> {
        match kid {
            Some(kid) => self.0.get(&Some(kid.to_owned())),
            None if self.0.len() == 1 => self.0.values().next(),
            None => None,
        }
    }
}

impl FromStr for Jwks {
    type Err = JwksError;

    /// Reads a set. Keys for other purposes and algorithms are ignored, as RFC 7517 asks, section 5.
    fn from_str(text: &str) -> Result<Self, JwksError> {
        let set: Value = serde_json::from_str(text).map_err(|_| JwksError::NotASet)?;
        let keys = set.get("keys").and_then(Value::as_array);
        let keys = keys.ok_or(JwksError::NotASet)?;
        if keys.len() > KEYS_MAX {
            return Err(JwksError::TooMany);
        }
        let mut found = BTreeMap::new();
        for (number, key) in (1..).zip(keys) {
            let Some((kid, key)) = usable(number, key)? else {
                continue;
            };
            if found.insert(kid, key).is_some() {
                return Err(JwksError::Twice(number));
            }
        }
        match found.is_empty() {
            true => Err(JwksError::Empty),
            false => Ok(Self(found)),
        }
    }
}

type Named = (Option<String>, (Algorithm, DecodingKey));

/// A key for signatures, if it is one.
fn usable(number: usize, key: &Value) -> Result<Option<Named>, JwksError> {
    if ["d", "p", "q", "k"]
        .iter()
        .any(|name| key.get(name).is_some())
    {
        return Err(JwksError::Private(number));
    }
    let invalid = || JwksError::Invalid(number);
    let kind = key.get("kty").and_then(Value::as_str).ok_or_else(invalid)?;
    if !["RSA", "OKP"].contains(&kind) {
        return Ok(None);
    }
    let jwk: Jwk = serde_json::from_value(key.clone()).map_err(|_| invalid())?;
    let algorithm = match &jwk.algorithm {
        AlgorithmParameters::RSA(_) => Algorithm::RS256,
        AlgorithmParameters::OctetKeyPair(pair) if pair.curve == EllipticCurve::Ed25519 => {
            Algorithm::EdDSA
        }
        AlgorithmParameters::OctetKeyPair(_) => return Ok(None),
        _ => return Err(invalid()),
    };
    let is_for_signatures = jwk
        .common
        .public_key_use
        .as_ref()
        .is_none_or(|it| *it == PublicKeyUse::Signature);
    let is_for_algorithm = match (&jwk.common.key_algorithm, algorithm) {
        (None, _) => true,
        (Some(KeyAlgorithm::RS256), Algorithm::RS256) => true,
        (Some(KeyAlgorithm::EdDSA), Algorithm::EdDSA) => true,
        _ => false,
    };
    if !is_for_signatures || !is_for_algorithm {
        return Ok(None);
    }
    let key = DecodingKey::from_jwk(&jwk).map_err(|_| invalid())?;
    Ok(Some((jwk.common.key_id, (algorithm, key))))
}
