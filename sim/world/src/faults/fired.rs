//! A fault that fired, kept until the end of the run, when the outcome of each saga is known.

use uuid::Uuid;

use crate::plan::Fault;

/// One injection of a fault, and the sagas that it affected.
pub(crate) struct FiredFault {
    /// The fault's place in the plan.
    pub(super) fault: usize,
    pub(super) what: Fault,
    /// The class of its trigger.
    pub(super) place: String,
    /// The place of the event that records it.
    pub(super) event: usize,
    /// The sagas of the message, or the sagas that were open.
    pub(super) sagas: Vec<Uuid>,
}
