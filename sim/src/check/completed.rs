//! A saga is logged as completed only if every step is done.

use super::{Delta, Findings, Invariant, Mirror, Property};

pub(super) const PROPERTY: Property = Property {
    name: "completed-is-all-done",
    about: "a saga is completed only if both of its steps are done",
};

/// Steps of either kind of saga.
const STEPS: usize = 2;

pub(super) struct Completed;

impl Invariant for Completed {
    fn after_commit(&mut self, mirror: &Mirror, deltas: &[Delta], findings: &mut Findings) {
        for delta in deltas {
            let Delta::Saga {
                saga,
                before,
                after: 1,
                ..
            } = delta
            else {
                continue;
            };
            if *before == Some(1) {
                continue;
            }
            let done = mirror.done_steps(*saga);
            findings.require(PROPERTY, done == STEPS, || {
                format!("a saga was logged as completed with {done} of {STEPS} steps done")
            });
        }
    }
}
