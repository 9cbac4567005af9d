//! A saga is logged as compensated only if none of its steps is done.

use super::{Delta, Findings, Invariant, Mirror, Property};

pub(super) const PROPERTY: Property = Property {
    name: "compensated-is-none-done",
    about: "a saga is compensated only if none of its steps is done",
};

pub(super) struct Compensated;

impl Invariant for Compensated {
    fn after_commit(&mut self, mirror: &Mirror, deltas: &[Delta], findings: &mut Findings) {
        for delta in deltas {
            let Delta::Saga {
                saga,
                before,
                after: 3,
                ..
            } = delta
            else {
                continue;
            };
            if *before == Some(3) || mirror.sagas.get(saga).is_some_and(|saga| saga.settled) {
                continue;
            }
            let done = mirror.done_steps(*saga);
            findings.require(PROPERTY, done == 0, || {
                format!("a saga was logged as compensated with {done} of its steps still done")
            });
        }
    }
}
