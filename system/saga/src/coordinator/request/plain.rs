//! A request that always needs a saga, and whose saga has the request itself as its arguments.

use std::convert::Infallible;

use super::saga_request::SagaRequest;
use crate::{env::Env, protocol::Document, time::Timestamp};

/// A request that always needs a saga. Most products begin with it; one that checks first whether there is anything to do
/// implements [`SagaRequest`] itself.
#[derive(Debug, Clone)]
pub struct PlainRequest {
    /// The kind of the saga.
    pub kind: &'static str,
    /// What is asked for: the arguments of the saga. The log stores a fingerprint of them and the kind with the key, so the same
    /// request must always have the same text.
    pub args: Document,
    /// What the saga locks while it is open.
    pub lock_key: String,
    /// The client. Keys are scoped to it.
    pub client: String,
    /// The client's `Idempotency-Key`.
    pub key: Option<String>,
}

impl PlainRequest {
    /// A client's key, as the saga log stores it. A colon in the name of the client is escaped, so that no two clients share a
    /// stored key.
    #[must_use]
    pub fn stored_key(client: &str, key: &str) -> String {
        let client = client.replace('%', "%25").replace(':', "%3A");
        format!("{client}:{key}")
    }
}

impl SagaRequest for PlainRequest {
    type NoOp = Infallible;

    fn lock_key(&self) -> String {
        self.lock_key.clone()
    }

    fn request_key(&self) -> Option<String> {
        let key = self.key.as_deref()?;
        Some(Self::stored_key(&self.client, key))
    }

    fn fingerprint(&self) -> i64 {
        Document::of(&(self.kind, &self.args)).fingerprint()
    }

    fn saga(&self, _: &Env, _: Timestamp) -> (String, Document) {
        (self.kind.to_owned(), self.args.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(kind: &'static str) -> PlainRequest {
        PlainRequest {
            kind,
            args: Document::of(&7),
            lock_key: String::new(),
            client: "1".to_owned(),
            key: None,
        }
    }

    /// Otherwise a withdrawal under the key of a deposit would be answered as that deposit.
    #[test]
    fn another_kind_with_the_same_arguments_has_another_fingerprint() {
        let (deposit, withdrawal) = (request("deposit"), request("withdrawal"));
        assert_ne!(deposit.fingerprint(), withdrawal.fingerprint());
        assert_eq!(deposit.fingerprint(), request("deposit").fingerprint());
    }

    #[test]
    fn two_clients_never_share_a_stored_key() {
        let stored = PlainRequest::stored_key;
        assert_ne!(stored("a", "b:c"), stored("a:b", "c"));
        assert_ne!(stored("a:b", "c"), stored("a%3Ab", "c"));
        assert_eq!(stored("1", "x"), "1:x");
    }
}
