//! The watermark of the saga log: every saga below it has ended, and it never goes back.
//!
//! A takeover reads the log from the watermark on. An open saga below it would never be driven again.

use std::collections::BTreeSet;

use likewise_saga::protocol::Status;
use uuid::Uuid;

use super::{Delta, Findings, Invariant, ObservedState, Property};

pub(crate) const PROPERTY: Property = Property {
    name: "ended-below-watermark",
    about: "every saga below the watermark of the saga log has ended, and the watermark never goes back",
    exercised_by: "a watermark in the saga log: more than four sagas that end under one coordinator",
    kept_by: "the watermark of the log: it is the oldest open saga, and never goes back",
};

#[derive(Default)]
pub(crate) struct LogWatermark {
    open: BTreeSet<Uuid>,
}

impl Invariant for LogWatermark {
    fn after_commit(
        &mut self,
        observed: &ObservedState,
        deltas: &[Delta],
        findings: &mut Findings,
    ) {
        let mut was_written = false;
        for delta in deltas {
            match delta {
                Delta::Saga { saga, after, .. } if after.is_some_and(Status::is_open) => {
                    was_written |= self.open.insert(*saga);
                }
                Delta::Saga { saga, .. } => {
                    self.open.remove(saga);
                }
                Delta::Shard {
                    watermarks: (before, after),
                    ..
                } => {
                    was_written |= before != after;
                    if before > after {
                        findings.require(PROPERTY, false, || {
                            format!("the watermark went back from {before:?} to {after:?}")
                        });
                    }
                }
                _ => {}
            }
        }
        // What a commit starts and ends is judged when it is complete.
        if let Some(watermark) = observed.watermark.filter(|_| was_written) {
            let below = self.open.first().filter(|saga| **saga < watermark);
            findings.require(PROPERTY, below.is_none(), || {
                format!("saga {below:?} is open below the watermark {watermark}")
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        check::samples::*,
        plan::Host,
        record::{Change, PropertyStatus},
    };

    fn status(commits: &[&[Change]]) -> PropertyStatus {
        let sample = sample_of(LogWatermark::default());
        let run = commits.iter().fold(sample, |run, changes| {
            run.commit(Host::COORDINATOR, changes)
        });
        run.status(PROPERTY)
    }

    #[test]
    fn a_watermark_at_the_first_open_saga_is_fine() {
        let log = [started(1, "a"), started(2, "b"), left(1, 0, 1)];
        let settled_below = [started(1, "c"), left(1, 0, 3)];
        let commits = [&log[..], &[watermark(2)], &settled_below, &[epoch(2)]];
        assert_eq!(status(&commits), PropertyStatus::Passed);
        assert_eq!(status(&[&log]), PropertyStatus::NeverExercised);
    }

    #[test]
    fn an_open_saga_below_the_watermark_is_a_violation() {
        let log = [started(1, "a"), started(2, "b")];
        assert_eq!(status(&[&log, &[watermark(2)]]), PropertyStatus::Violated);
        let late = [started(1, "a")];
        assert_eq!(status(&[&[watermark(2)], &late]), PropertyStatus::Violated);
    }

    #[test]
    fn a_watermark_that_goes_back_is_a_violation() {
        assert_eq!(
            status(&[&[watermark(2)], &[watermark(1)]]),
            PropertyStatus::Violated
        );
    }
}
