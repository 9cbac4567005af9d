//! What the checks ask of a system: its part of the observed state, its sagas and keys, and how it calls things.

use likewise_saga::coordinator::Product;

use super::{MissingThings, SagaSpec, SystemState};
use crate::plan::Fields;

/// A system that the checks can judge. Every `System` is one.
///
/// It is a trait of its own because the checks need nothing else of a system: no processes and no clients.
pub trait CheckedSystem: Sync {
    /// Its sagas, as their coordinator sees them. The bounds on time follow from it.
    fn product(&self) -> &'static Product;

    /// Its part of the observed state, before the first row.
    fn observed(&self) -> Box<dyn SystemState>;

    /// Every kind of its sagas. A saga of a kind that is missing here has no steps, so that it must not complete.
    fn sagas(&self) -> &'static [SagaSpec];

    /// A client's idempotency key, as the saga log stores it.
    fn stored_key(&self, client: i64, key: &str) -> String;

    /// What the saga of an operation locks while it is open, as the saga log stores it.
    fn lock_key(&self, what: &Fields) -> String;

    /// What does not exist in it, and how clients name that. Then `missing-is-refused` is one of its properties, and some plans
    /// have such operations. By default everything that an operation names exists.
    fn missing_things(&self) -> Option<&'static dyn MissingThings> {
        None
    }

    /// What violations call its operations and clients.
    fn nouns(&self) -> Nouns;
}

impl<'s> dyn CheckedSystem + 's {
    /// The kind of saga of this name.
    #[must_use]
    pub fn saga(&self, kind: &str) -> Option<&'static SagaSpec> {
        self.sagas().iter().find(|saga| saga.kind == kind)
    }
}

/// What violations call the operations and clients of a system.
#[derive(Debug, Clone, Copy)]
pub struct Nouns {
    /// One operation of a client, for example "an order".
    pub operation: &'static str,
    /// A client, whose number follows, for example "customer".
    pub client: &'static str,
}

impl Nouns {
    /// These nouns: for example "an order" and "customer".
    #[must_use]
    pub const fn new(operation: &'static str, client: &'static str) -> Self {
        Self { operation, client }
    }
}
