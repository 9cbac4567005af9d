//! Epochs only rise, and a coordinator with a stale epoch writes nothing.

use std::collections::BTreeSet;

use super::{Delta, Findings, Invariant, ObservedState, Property};
use crate::plan::Host;

pub(crate) const PROPERTY: Property = Property {
    name: "epochs-only-rise",
    about: "the saga log's epoch only rises, and only the newest one writes",
    exercised_by: "a coordinator that writes the saga log",
    kept_by: "the epoch: each takeover raises it, and the log refuses the writes of an older one",
};

/// The invariant of epochs: only the process that raised the epoch last may write sagas.
///
/// A process that only reads the epoch writes the same number as the one that holds it. So the check follows who raised
/// it.
#[derive(Default)]
pub(crate) struct Epochs {
    /// Hosts whose process has not raised the epoch since it started.
    untaken: BTreeSet<Host>,
}

impl Invariant for Epochs {
    fn process_started(&mut self, host: Host) {
        self.untaken.insert(host);
    }

    fn after_commit(
        &mut self,
        observed: &ObservedState,
        deltas: &[Delta],
        findings: &mut Findings,
    ) {
        for delta in deltas {
            match delta {
                Delta::Shard { before, after, .. } => {
                    // A renewal of the lease writes the same epoch, and takes nothing over.
                    if before.is_none_or(|before| before < *after) {
                        self.untaken.retain(|host| Some(*host) != observed.writer);
                    }
                    findings.require(
                        PROPERTY,
                        before.is_none_or(|before| before <= *after),
                        || format!("the epoch went from {before:?} to {after}"),
                    );
                }
                Delta::Saga {
                    before: status_before,
                    after: status_after,
                    epochs: (before, after),
                    ..
                } => {
                    self.written(observed, *after, findings);
                    // A saga whose row cannot be read is marked for a person. That changes nothing else.
                    let is_mark = *before == Some(*after) && status_before == status_after;
                    let newest = is_mark || observed.epoch.is_none_or(|epoch| epoch == *after);
                    findings.require(PROPERTY, newest && before.is_none_or(|before| before <= *after), || {
                        format!("epoch {after} wrote over epoch {before:?} while {:?} was the newest", observed.epoch)
                    });
                }
                _ => {}
            }
        }
    }
}

impl Epochs {
    /// A process wrote a saga with an epoch.
    ///
    /// Hosts are used and not epochs, because two coordinators with the same number are exactly the mistake that this
    /// must find.
    fn written(&self, observed: &ObservedState, epoch: i64, findings: &mut Findings) {
        let Some(writer) = observed.writer else {
            return;
        };
        findings.require(PROPERTY, !self.untaken.contains(&writer), || {
            format!("{writer} wrote under epoch {epoch} without raising it")
        });
        let holds = observed.holder.is_none_or(|holder| holder == writer);
        findings.require(PROPERTY, holds, || {
            format!(
                "{writer} wrote under epoch {epoch}, which {:?} holds",
                observed.holder
            )
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        check::samples::*,
        plan::Name,
        record::{Change, PropertyStatus},
    };

    /// Each change in a separate commit.
    fn status(changes: &[Change]) -> PropertyStatus {
        let run = changes
            .chunks(1)
            .fold(sample_of(Epochs::default()), |run, changes| {
                run.commit(Host::COORDINATOR, changes)
            });
        run.status(PROPERTY)
    }

    #[test]
    fn a_takeover_raises_the_epoch_and_the_newest_one_writes() {
        let changes = [epoch(1), saga(1, 0, 1), epoch(2), saga(1, 1, 2)];
        assert_eq!(status(&changes), PropertyStatus::Passed);
    }

    /// The second case is the harder one: the epoch is the same, and another coordinator writes under it.
    #[test]
    fn a_takeover_that_does_not_raise_the_epoch_is_a_violation() {
        assert_eq!(status(&[epoch(2), epoch(1)]), PropertyStatus::Violated);
        let second = Host::replica(Name::COORDINATOR, 2);
        let zombie = sample_of(Epochs::default())
            .commit(Host::COORDINATOR, &[epoch(1), saga(1, 0, 1)])
            .commit(second, &[epoch(1), saga(1, 1, 1)]);
        assert_eq!(zombie.status(PROPERTY), PropertyStatus::Violated);
    }

    /// The mark says nothing about the epoch. It must still come from the coordinator that holds the log.
    #[test]
    fn a_mark_for_a_person_keeps_the_epoch_of_its_row() {
        let marked = [epoch(1), saga(1, 0, 1), epoch(2), saga(1, 0, 1)];
        assert_eq!(status(&marked), PropertyStatus::Passed);
    }

    #[test]
    fn a_renewal_that_keeps_the_epoch_is_fine() {
        let changes = [epoch(2), epoch(2), saga(1, 0, 2)];
        assert_eq!(status(&changes), PropertyStatus::Passed);
    }

    /// A restart on the same host is a new coordinator. It must raise the epoch as well.
    #[test]
    fn a_coordinator_that_starts_without_raising_the_epoch_is_a_violation() {
        let good = vec![epoch(2), saga(1, 1, 2)];
        let bad = vec![saga(1, 1, 1)];
        for (second, status) in [
            (good, PropertyStatus::Passed),
            (bad, PropertyStatus::Violated),
        ] {
            let run = sample_of(Epochs::default())
                .start(Host::COORDINATOR)
                .commit(Host::COORDINATOR, &[epoch(1), saga(1, 0, 1)])
                .start(Host::COORDINATOR)
                .commit(Host::COORDINATOR, &second);
            assert_eq!(run.status(PROPERTY), status);
        }
    }

    #[test]
    fn a_write_of_a_stale_coordinator_is_a_violation() {
        let changes = [epoch(1), saga(1, 0, 1), epoch(2), saga(1, 1, 1)];
        assert_eq!(status(&changes), PropertyStatus::Violated);
    }
}
