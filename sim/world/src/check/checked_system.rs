//! What the checks ask of a system: its part of the observed state, its sagas and keys, and how it calls things.

use likewise_saga::coordinator::Product;

use super::SystemState;
use crate::plan::Fields;

/// A system that the checks can judge. Every `System` is one.
///
/// It is a trait of its own because the checks need nothing else of a system: no processes and no clients.
pub trait CheckedSystem: Sync {
    /// Its sagas, as their coordinator sees them. The bounds on time follow from it.
    fn product(&self) -> &'static Product;

    /// Its part of the observed state, before the first row.
    fn observed(&self) -> Box<dyn SystemState>;

    /// The number of steps of a saga of this kind. A kind that the system does not have has none, so that no such saga may
    /// complete.
    fn steps(&self, kind: &str) -> usize;

    /// The number of these steps that may be undone: those up to the pivot, with it. The steps after it are sent until they are
    /// done, whatever the deadline. By default a saga has no pivot.
    fn steps_up_to_pivot(&self, kind: &str) -> usize {
        self.steps(kind)
    }

    /// A client's idempotency key, as the saga log stores it.
    fn stored_key(&self, client: i64, key: &str) -> String;

    /// What the saga of an operation locks while it is open, as the saga log stores it.
    fn lock_key(&self, what: &Fields) -> String;

    /// What violations call its operations and clients.
    fn nouns(&self) -> Nouns;
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
