//! The interface of an invariant: the moments of a run at which it may judge.

use super::{
    history::{ClientOp, History},
    observed_state::{Delta, ObservedState},
    property::Findings,
};
use crate::world::plan::Host;

/// One invariant. Whatever it does not look at, it leaves alone.
pub trait Invariant: Send {
    /// When a service has started.
    fn process_started(&mut self, _: Host) {}

    /// After a commit, with everything it changed.
    fn after_commit(&mut self, _: &ObservedState, _: &[Delta], _: &mut Findings) {}

    /// When a user asks for something.
    fn invoked(&mut self, _: &ClientOp) {}

    /// When a user has an answer, or gives up.
    fn returned(&mut self, _: &ClientOp, _: &ObservedState, _: &mut Findings) {}

    /// When everything has come to rest.
    fn at_rest(&mut self, _: &ObservedState, _: &History, _: &mut Findings) {}
}
