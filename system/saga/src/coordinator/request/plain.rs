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
    /// What is asked for: the arguments of the saga. The log stores their fingerprint with the key, so the same request must
    /// always have the same text.
    pub args: Document,
    /// What the saga locks while it is open.
    pub lock_key: String,
    /// The client. Keys are scoped to it.
    pub client: String,
    /// The client's `Idempotency-Key`.
    pub key: Option<String>,
}

impl PlainRequest {
    /// A client's key, as the saga log stores it.
    #[must_use]
    pub fn stored_key(client: &str, key: &str) -> String {
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
        self.args.fingerprint()
    }

    fn saga(&self, _: &Env, _: Timestamp) -> (String, Document) {
        (self.kind.to_owned(), self.args.clone())
    }
}
