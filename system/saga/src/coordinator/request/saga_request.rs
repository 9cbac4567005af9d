//! What a product tells about a request of a client.

use std::convert::Infallible;

use crate::{
    env::Env,
    protocol::{Document, NoReply, Outcome},
    time::Timestamp,
};

/// A request of a client that is answered with at most one saga.
///
/// A saga with a pivot is answered when the pivot is done, before its later steps have results. A repeat under the same key may
/// find these results. So that every answer under a key is the same, build the answer from the steps up to the pivot alone.
pub trait SagaRequest: Sync {
    /// Why no saga is needed. [`Infallible`] if one always is.
    type NoOp: NoOp;

    /// What the saga locks while it is open. Requests with the same lock key are worked on one after another.
    fn lock_key(&self) -> String;

    /// The client's `Idempotency-Key`, scoped to the client: two clients may choose the same key. `None` without a key.
    fn request_key(&self) -> Option<String>;

    /// A hash of the operation and its arguments. A key may only be repeated with the same fingerprint.
    ///
    /// The log stores fingerprints, so that of a request must never change between versions.
    fn fingerprint(&self) -> i64;

    /// Whether the request under a key, whose fingerprint the log stores, was this one.
    fn is_stored_as(&self, fingerprint: i64) -> bool {
        fingerprint == self.fingerprint()
    }

    /// Asks the services whether there is anything to do. It spares a saga; the saga's steps do not rely on it.
    ///
    /// # Errors
    /// [`NoReply`]: a service did not answer. The request is then unavailable, and nothing was done.
    fn check(&self) -> impl Future<Output = Result<Option<Self::NoOp>, NoReply>> + Send {
        async { Ok(None) }
    }

    /// The kind and the arguments of the saga. Recovery needs nothing else. `now` is the time of the start.
    fn saga(&self, env: &Env, now: Timestamp) -> (String, Document);
}

/// Why a request needs no saga.
pub trait NoOp: Send + Sync {
    /// The outcome that the log stores under the request's key.
    fn outcome(&self) -> Outcome;
}

/// A request that always needs a saga.
impl NoOp for Infallible {
    fn outcome(&self) -> Outcome {
        match *self {}
    }
}
