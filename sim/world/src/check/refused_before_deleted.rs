//! A service deletes only what it refuses already: rows of sagas below the watermark that it has stored, which have ended.
//!
//! A row that is deleted before its saga is refused lets a late duplicate act once more.

use super::{Delta, Findings, Invariant, ObservedSaga, ObservedState, Property};

pub(crate) const PROPERTY: Property = Property {
    name: "refused-before-deleted",
    about: "a service deletes only barrier rows below its stored watermark, and the log only sagas below its own: all have ended",
    exercised_by: "`retention` in a plan, and a run that is longer",
    kept_by: "the order of a collection: a service stores the watermark, which refuses old steps, before it deletes below it",
};

pub(crate) struct RefusedBeforeDeleted;

impl Invariant for RefusedBeforeDeleted {
    fn after_commit(
        &mut self,
        observed: &ObservedState,
        deltas: &[Delta],
        findings: &mut Findings,
    ) {
        // Without retention nothing may be deleted at all.
        let [Some(below), _] = observed.retained else {
            return;
        };
        for delta in deltas {
            let (saga, is_below, by) = match delta {
                Delta::Barrier {
                    service,
                    saga,
                    before: Some(_),
                    after: None,
                    ..
                } => (saga, observed.is_stale(*service, *saga), service.name()),
                Delta::Collected { saga } => (saga, *saga < below, "log"),
                _ => continue,
            };
            findings.require(PROPERTY, is_below, || {
                format!("the {by} deleted rows of saga {saga}, which it does not refuse")
            });
            let is_open = observed.sagas.get(saga).is_some_and(ObservedSaga::is_open);
            findings.require(PROPERTY, !is_open, || {
                format!("the {by} deleted rows of saga {saga}, which is open")
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

    fn status(commits: &[(Host, Change)]) -> PropertyStatus {
        let sample = sample_of(RefusedBeforeDeleted);
        let run = commits.iter().fold(sample, |run, (host, change)| {
            run.commit(*host, std::slice::from_ref(change))
        });
        run.status(PROPERTY)
    }

    /// Saga 1 is done at the store, and has ended or not. The log may delete what is below saga 2.
    fn before(status: i64) -> Vec<(Host, Change)> {
        vec![
            (Host::COORDINATOR, saga(1, status, 1)),
            (STORE, step_new(1, 0, 0)),
            (Host::COORDINATOR, retained(2, 2)),
        ]
    }

    #[test]
    fn rows_below_the_stored_watermark_may_go() {
        let mut run = before(1);
        run.push((STORE, stored(2, 1)));
        run.push((STORE, step_gone(1, 0, 0)));
        run.push((Host::COORDINATOR, saga_gone(1)));
        assert_eq!(status(&run), PropertyStatus::Passed);
    }

    #[test]
    fn a_row_that_goes_before_its_saga_is_refused_is_a_violation() {
        let mut run = before(1);
        run.push((STORE, step_gone(1, 0, 0)));
        assert_eq!(status(&run), PropertyStatus::Violated);
        let mut run = before(1);
        run.push((Host::COORDINATOR, saga(2, 1, 1)));
        run.push((Host::COORDINATOR, saga_gone(2)));
        assert_eq!(status(&run), PropertyStatus::Violated);
    }

    #[test]
    fn an_open_saga_that_is_deleted_is_a_violation() {
        let mut run = before(0);
        run.push((STORE, stored(2, 1)));
        run.push((STORE, step_gone(1, 0, 0)));
        assert_eq!(status(&run), PropertyStatus::Violated);
    }
}
