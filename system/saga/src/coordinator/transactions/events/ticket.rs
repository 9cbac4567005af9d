//! Tickets: the right to follow one saga for a while, in the address instead of a header.
//!
//! Browsers' `EventSource` sends no headers of a page. So the answer with a transaction has the address of its events with a
//! ticket in it, `EXPIRES.USER.SIGNATURE`. The signature covers the saga, the user and the time of the expiry.

use std::fmt;

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::{http::Problem, id::SagaId, time::Timestamp};

/// The shortest key, in bytes.
pub const TICKET_KEY_BYTES_MIN: usize = 32;

/// What is signed begins with it, so that no other signature under the key is a ticket.
const PURPOSE: &[u8] = b"likewise saga events\n";

/// What tickets are signed with. It is never shown.
#[derive(Clone)]
pub struct TicketKey(Hmac<Sha256>);

/// A key is too short.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the key has {0} bytes; it needs at least {TICKET_KEY_BYTES_MIN}")]
pub struct InvalidKey(usize);

impl TicketKey {
    /// A key of these bytes.
    ///
    /// # Errors
    /// [`InvalidKey`]: there are fewer than [`TICKET_KEY_BYTES_MIN`].
    pub fn new(bytes: &[u8]) -> Result<Self, InvalidKey> {
        let invalid = || InvalidKey(bytes.len());
        if bytes.len() < TICKET_KEY_BYTES_MIN {
            return Err(invalid());
        }
        // It takes a key of any length.
        let hmac = Hmac::new_from_slice(bytes);
        hmac.map(Self).map_err(|_| invalid())
    }

    /// A ticket. `expires` is in seconds since 1970.
    pub(super) fn sign(&self, saga: SagaId, user: Option<&str>, expires: i64) -> String {
        let signature = self.mac(saga, user, expires).finalize().into_bytes();
        let signature = BASE64_URL_SAFE_NO_PAD.encode(signature);
        // A user that is not known differs from one with an empty name.
        let user = user.map(|user| format!("u{}", BASE64_URL_SAFE_NO_PAD.encode(user)));
        format!("{expires}.{}.{signature}", user.unwrap_or_default())
    }

    /// The user of a ticket.
    ///
    /// # Errors
    /// 403: it is no ticket of this key, is for another saga, or has expired.
    pub(super) fn verify(
        &self,
        ticket: &str,
        saga: SagaId,
        now: Timestamp,
    ) -> Result<Option<String>, Problem> {
        let wrong = || {
            Problem::ticket_refused("The ticket is not one of this service for this transaction.")
        };
        let (expires, user, signature) = parts(ticket).ok_or_else(wrong)?;
        // The comparison takes the same time whatever the signature is.
        let verified = self
            .mac(saga, user.as_deref(), expires)
            .verify_slice(&signature);
        verified.map_err(|_| wrong())?;
        match now.0.div_euclid(1_000_000) < expires {
            true => Ok(user),
            false => Err(Problem::ticket_refused("The ticket has expired.")),
        }
    }

    fn mac(&self, saga: SagaId, user: Option<&str>, expires: i64) -> Hmac<Sha256> {
        let mut mac = self.0.clone();
        mac.update(PURPOSE);
        mac.update(saga.0.as_bytes());
        mac.update(&expires.to_be_bytes());
        // The only part without a fixed length comes last.
        mac.update(&[u8::from(user.is_some())]);
        mac.update(user.unwrap_or_default().as_bytes());
        mac
    }
}

impl fmt::Debug for TicketKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TicketKey(…)")
    }
}

/// The expiry, the user and the signature of a ticket.
fn parts(ticket: &str) -> Option<(i64, Option<String>, Vec<u8>)> {
    let mut parts = ticket.split('.');
    let (expires, user, signature) = (parts.next()?, parts.next()?, parts.next()?);
    let decode = |text: &str| BASE64_URL_SAFE_NO_PAD.decode(text).ok();
    let user = match user.strip_prefix('u') {
        Some(encoded) => Some(String::from_utf8(decode(encoded)?).ok()?),
        None if user.is_empty() => None,
        None => return None,
    };
    let is_whole = parts.next().is_none();
    let parts = (expires.parse().ok()?, user, decode(signature)?);
    is_whole.then_some(parts)
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    const EXPIRES: i64 = 1_000;

    fn key(byte: u8) -> TicketKey {
        TicketKey::new(&[byte; TICKET_KEY_BYTES_MIN]).unwrap()
    }

    fn saga(number: u128) -> SagaId {
        SagaId(Uuid::from_u128(number))
    }

    fn at(seconds: i64) -> Timestamp {
        Timestamp(seconds * 1_000_000)
    }

    #[test]
    fn r17_a_ticket_is_valid_for_its_saga_until_it_expires() {
        for user in [None, Some(""), Some("7"), Some("a.b/ü")] {
            let ticket = key(1).sign(saga(7), user, EXPIRES);
            let verify = |saga, now| key(1).verify(&ticket, saga, at(now)).ok();
            assert_eq!(
                verify(saga(7), 999),
                Some(user.map(str::to_owned)),
                "{ticket}"
            );
            assert_eq!(verify(saga(7), EXPIRES), None, "expired");
            assert_eq!(verify(saga(8), 999), None, "another saga");
        }
    }

    #[test]
    fn r17_a_ticket_that_was_changed_or_has_another_key_is_refused() {
        let ticket = key(1).sign(saga(7), Some("7"), EXPIRES);
        assert!(key(2).verify(&ticket, saga(7), at(0)).is_err());
        let [expires, user, signature]: [&str; 3] =
            ticket.split('.').collect::<Vec<_>>().try_into().unwrap();
        let other_user = key(1).sign(saga(7), Some("8"), EXPIRES);
        let other_user = other_user.split('.').nth(1).unwrap();
        for wrong in [
            String::new(),
            "..".to_owned(),
            format!("{expires}.{user}"),
            format!("{expires}.{user}.{signature}.x"),
            format!("9{expires}.{user}.{signature}"),
            format!("{expires}..{signature}"),
            format!("{expires}.{other_user}.{signature}"),
            format!("{expires}.{user}.{}", &signature[..signature.len() - 4]),
            format!("{expires}.{user}."),
            format!(" {ticket}"),
        ] {
            assert!(key(1).verify(&wrong, saga(7), at(0)).is_err(), "{wrong}");
        }
        assert!(key(1).verify(&ticket, saga(7), at(0)).is_ok());
    }

    #[test]
    fn a_short_key_is_refused_and_a_key_is_not_shown() {
        assert_eq!(TicketKey::new(&[7; 31]).unwrap_err(), InvalidKey(31));
        assert_eq!(format!("{:?}", key(7)), "TicketKey(…)");
    }
}
