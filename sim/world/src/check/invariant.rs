//! The interface of an invariant: the moments of a run at which it may judge.
//!
//! Every method has an empty default, so an invariant shows at a glance when it judges. A violation is reported
//! through [`Findings`] and not returned: one commit may violate an invariant several times.

use super::{
    delta::Delta,
    history::{ClientOp, History, Read},
    observed_state::ObservedState,
    orders::{AnsweredOrder, SentOrder},
    property::Findings,
    told::ToldChange,
};
use crate::plan::Host;

/// An invariant. It implements the moments at which it judges, and ignores the others.
pub trait Invariant: Send {
    /// A process has started.
    fn process_started(&mut self, _: Host) {}

    /// A transaction was committed, with these changes.
    fn after_commit(&mut self, _: &ObservedState, _: &[Delta], _: &mut Findings) {}

    /// A client has sent the first request of an operation.
    fn invoked(&mut self, _: &ClientOp) {}

    /// A client has a definite answer, or gives up.
    fn returned(&mut self, _: &ClientOp, _: &ObservedState, _: &mut Findings) {}

    /// The reader has sent the first request of a read with this number.
    fn read_began(&mut self, _: u64, _: &ObservedState) {}

    /// Every page of a read is answered.
    fn read_answered(&mut self, _: &Read, _: &ObservedState, _: &mut Findings) {}

    /// The read with this number is over, answered or not.
    fn read_ended(&mut self, _: u64) {}

    /// A client that follows a saga was told a change.
    fn told(&mut self, _: &ToldChange, _: &ObservedState, _: &mut Findings) {}

    /// An operator sends an order.
    fn order_sent(&mut self, _: &SentOrder) {}

    /// A coordinator has accepted an order.
    fn order_answered(&mut self, _: &AnsweredOrder, _: &ObservedState, _: &mut Findings) {}

    /// Nothing is in progress any more.
    fn at_rest(&mut self, _: &ObservedState, _: &History, _: &mut Findings) {}
}
