//! A fault that fired, until it is known how the sagas it met ended.

use uuid::Uuid;

use crate::world::plan::Fault;

/// A strike of a fault and the sagas it met.
pub(in crate::world) struct FiredFault {
    pub(super) fault: usize,
    pub(super) what: Fault,
    pub(super) place: String,
    pub(super) event: usize,
    pub(super) sagas: Vec<Uuid>,
}
