//! Epochs only rise, and a stale one writes nothing.

use super::{Delta, Findings, Invariant, Mirror, Property};

pub(super) const PROPERTY: Property = Property {
    name: "epochs-only-rise",
    about: "the saga log's epoch only rises, and only the newest one writes",
};

pub(super) struct Epochs;

impl Invariant for Epochs {
    fn after_commit(&mut self, mirror: &Mirror, deltas: &[Delta], findings: &mut Findings) {
        for delta in deltas {
            match delta {
                Delta::Shard { before, after } => {
                    findings.require(
                        PROPERTY,
                        before.is_none_or(|before| before < *after),
                        || format!("the epoch went from {before:?} to {after}"),
                    );
                }
                Delta::Saga {
                    epochs: (before, after),
                    ..
                } => {
                    let newest = mirror.epoch.is_none_or(|epoch| epoch == *after);
                    findings.require(PROPERTY, newest && before.is_none_or(|before| before <= *after), || {
                        format!("epoch {after} wrote over epoch {before:?} while {:?} was the newest", mirror.epoch)
                    });
                }
                _ => {}
            }
        }
    }
}
