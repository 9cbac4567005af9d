//! The watermarks of retention, in the log and at the services, never go back; a service has none that the log does not have.
//!
//! What is below one may be gone. A watermark that went back, for example because a former leader published its own, would let
//! late duplicates of it act.

use super::{Delta, Findings, Invariant, ObservedState, Property};

pub(crate) const PROPERTY: Property = Property {
    name: "retention-watermarks-rise",
    about: "the retention watermarks of the log and the services never go back, and never pass the log's own watermark",
    exercised_by: "`retention` in a plan, and a run that is longer",
    kept_by: "the epoch and the comparison of each watermark: an older one changes nothing",
};

pub(crate) struct RetentionWatermarks;

impl Invariant for RetentionWatermarks {
    fn after_commit(
        &mut self,
        observed: &ObservedState,
        deltas: &[Delta],
        findings: &mut Findings,
    ) {
        for delta in deltas {
            match delta {
                Delta::Retained { before, after } if before != after => {
                    let rises = before[0] <= after[0] && before[1] <= after[1];
                    let is_behind = after[1] <= after[0] && after[0] <= observed.watermark;
                    findings.require(PROPERTY, rises && is_behind, || {
                        let own = observed.watermark;
                        format!("the log's retention watermarks went from {before:?} to {after:?}, its own is {own:?}")
                    });
                }
                Delta::Stored {
                    service,
                    before,
                    after: (below, epoch),
                } => {
                    let rises =
                        before.is_none_or(|before| before.0 <= *below && before.1 <= *epoch);
                    findings.require(PROPERTY, rises, || {
                        format!("the watermark of the {service} service went back from {before:?} to {below} of epoch {epoch}")
                    });
                    let [published, _] = observed.retained;
                    findings.require(PROPERTY, below.is_nil() || Some(*below) <= published, || {
                        format!("the {service} service stored the watermark {below}, the log has {published:?}")
                    });
                }
                _ => {}
            }
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

    /// The log's own watermark is saga 5.
    fn status(commits: &[(Host, Change)]) -> PropertyStatus {
        let sample = sample_of(RetentionWatermarks).commit(Host::COORDINATOR, &[watermark(5)]);
        let run = commits.iter().fold(sample, |run, (host, change)| {
            run.commit(*host, std::slice::from_ref(change))
        });
        run.status(PROPERTY)
    }

    const LOG: Host = Host::COORDINATOR;

    #[test]
    fn watermarks_that_rise_are_fine() {
        let run = [
            (LOG, retained(2, 1)),
            (STORE, stored(2, 1)),
            (LOG, retained(5, 2)),
            (STORE, stored(5, 2)),
            (STORE, stored(5, 3)),
        ];
        assert_eq!(status(&run), PropertyStatus::Passed);
    }

    #[test]
    fn one_that_goes_back_or_comes_from_nowhere_is_a_violation() {
        let cases = [
            vec![(LOG, retained(6, 1))],
            vec![(LOG, retained(2, 3))],
            vec![(LOG, retained(3, 1)), (LOG, retained(2, 1))],
            vec![(LOG, retained(3, 1)), (STORE, stored(4, 1))],
            vec![
                (LOG, retained(3, 1)),
                (STORE, stored(3, 1)),
                (STORE, stored(2, 1)),
            ],
            vec![
                (LOG, retained(3, 1)),
                (STORE, stored(3, 2)),
                (STORE, stored(3, 1)),
            ],
        ];
        for case in cases {
            assert_eq!(status(&case), PropertyStatus::Violated, "{case:?}");
        }
    }
}
