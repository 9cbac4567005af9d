//! What the checks ask of a system: the part of the state that it observes.

use super::SystemState;

/// A system that the checks can judge. Every `System` is one.
///
/// It is a trait of its own because the checks need nothing else of a system: no processes and no clients.
pub trait CheckedSystem: Sync {
    /// Its part of the observed state, before the first row.
    fn observed(&self) -> Box<dyn SystemState>;
}
