//! Epochs only rise, and a stale one writes nothing.

use super::{Delta, Findings, Invariant, Mirror, Property};
use crate::plan::Host;

pub(super) const PROPERTY: Property = Property {
    name: "epochs-only-rise",
    about: "the saga log's epoch only rises, and only the newest one writes",
};

/// A coordinator that has started must raise the epoch before it writes: one that only reads it
/// cannot be told from the one before it.
#[derive(Default)]
pub(super) struct Epochs {
    untaken: bool,
}

impl Invariant for Epochs {
    fn booted(&mut self, host: Host) {
        self.untaken |= host == Host::Coordinator;
    }

    fn after_commit(&mut self, mirror: &Mirror, deltas: &[Delta], findings: &mut Findings) {
        for delta in deltas {
            match delta {
                Delta::Shard { before, after } => {
                    self.untaken = false;
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
                    findings.require(PROPERTY, !self.untaken, || {
                        format!("a coordinator wrote under epoch {after} without raising it")
                    });
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

#[cfg(test)]
mod tests {
    use super::{super::samples::*, *};
    use crate::record::{Change, Standing};

    /// Each change in a commit of its own.
    fn standing(changes: &[Change]) -> Standing {
        let run = changes.chunks(1).fold(Sample::new(), |run, changes| {
            run.commit(Host::Coordinator, changes)
        });
        run.standing(PROPERTY)
    }

    #[test]
    fn a_takeover_raises_and_the_newest_writes() {
        let changes = [epoch(1), saga(1, 0, 1), epoch(2), saga(1, 1, 2)];
        assert_eq!(standing(&changes), Standing::Held);
    }

    #[test]
    fn a_takeover_that_does_not_raise_is_seen() {
        for second in [1, 2] {
            assert_eq!(standing(&[epoch(2), epoch(second)]), Standing::Violated);
        }
    }

    #[test]
    fn a_coordinator_that_starts_and_raises_nothing_is_seen() {
        let good = vec![epoch(2), saga(1, 1, 2)];
        let bad = vec![saga(1, 1, 1)];
        for (second, standing) in [(good, Standing::Held), (bad, Standing::Violated)] {
            let run = Sample::new()
                .boot(Host::Coordinator)
                .commit(Host::Coordinator, &[epoch(1), saga(1, 0, 1)])
                .boot(Host::Coordinator)
                .commit(Host::Coordinator, &second);
            assert_eq!(run.standing(PROPERTY), standing);
        }
    }

    #[test]
    fn a_stale_coordinator_that_writes_is_seen() {
        let changes = [epoch(1), saga(1, 0, 1), epoch(2), saga(1, 1, 1)];
        assert_eq!(standing(&changes), Standing::Violated);
    }
}
