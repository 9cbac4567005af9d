//! An identity stands for what it first came with: the key of a user's request, and the saga and number of a step.

use likewise_saga::protocol::StepReply;

use super::{Attempt, ClientOp, Findings, ObservedState, Property, algebra::difference, keys};

pub(crate) const PROPERTY: Property = Property {
    name: "reuse-is-refused",
    about: "a key or a step that comes again with other arguments is refused and changes nothing",
};

/// What a key is answered that stood for another wish.
const KEY_REUSED: u16 = 422;

/// What was asked under known keys and identities when all was over, and what was answered.
#[derive(Debug, Default)]
pub struct Reuse {
    /// The same wish under its key: what it had been answered, and is answered now.
    pub again: Vec<(ClientOp, Attempt)>,
    /// Another wish under a key.
    pub keys: Vec<Attempt>,
    /// Steps with other arguments.
    pub steps: Vec<StepReply>,
}

/// Judges a run in which keys and steps came again.
pub(super) fn reused(
    before: &ObservedState,
    after: &ObservedState,
    reuse: &Reuse,
    findings: &mut Findings,
) {
    for (op, answer) in &reuse.again {
        keys::again(op, answer, findings);
        // Not all of them: a coordinator that was still trying to begin another one may have succeeded meanwhile.
        let sagas = [before, after].map(|observed| keys::sagas(op, observed));
        findings.require(PROPERTY, sagas[0] == sagas[1], || {
            format!(
                "there were {} sagas under a key of user {} and now there are {}",
                sagas[0], op.user, sagas[1]
            )
        });
    }
    for answer in &reuse.keys {
        findings.require(PROPERTY, answer.status == KEY_REUSED, || {
            format!(
                "another wish under a known key was answered {} {}",
                answer.status, answer.body
            )
        });
    }
    for reply in &reuse.steps {
        findings.require(PROPERTY, *reply == StepReply::Mismatch, || {
            format!("a step with other arguments than before was answered {reply:?}")
        });
    }
    if reuse.again.is_empty() && reuse.keys.is_empty() && reuse.steps.is_empty() {
        return;
    }
    findings.require(PROPERTY, before.effects() == after.effects(), || {
        difference(before, after)
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::{check::samples::*, plan::Host, record::PropertyStatus};

    fn judged(reuse: &Reuse, after: &ObservedState) -> Findings {
        let mut findings = Findings::default();
        reused(&ObservedState::default(), after, reuse, &mut findings);
        findings
    }

    fn answer(status: u16) -> Attempt {
        Attempt {
            status,
            body: "{}".to_owned(),
        }
    }

    #[test]
    fn refusals_that_change_nothing_pass() {
        let reuse = Reuse {
            again: vec![(keyed_answer("a", "{}"), answer(200))],
            keys: vec![answer(422)],
            steps: vec![StepReply::Mismatch],
        };
        let findings = judged(&reuse, &ObservedState::default());
        assert_eq!(findings.status(PROPERTY), PropertyStatus::Passed);
        assert_eq!(findings.status(keys::PROPERTY), PropertyStatus::Passed);
        let nothing = judged(&Reuse::default(), &ObservedState::default());
        assert_eq!(nothing.status(PROPERTY), PropertyStatus::NeverExercised);
    }

    #[test]
    fn a_key_or_a_step_that_is_taken_with_other_arguments_is_seen() {
        let key = Reuse {
            keys: vec![answer(200)],
            ..Reuse::default()
        };
        let step = Reuse {
            steps: vec![StepReply::Mismatch, StepReply::Dead],
            ..Reuse::default()
        };
        for reuse in [key, step] {
            let findings = judged(&reuse, &ObservedState::default());
            assert_eq!(findings.status(PROPERTY), PropertyStatus::Violated);
        }
    }

    #[test]
    fn what_changes_is_seen_and_a_saga_under_another_key_is_nobodys_fault() {
        let saga = |key| keyed_saga(1, 1, 1, Some(key));
        let cases = [
            (Host::Article, count(1, 7), PropertyStatus::Violated),
            (Host::Coordinator, saga("a"), PropertyStatus::Violated),
            (Host::Coordinator, saga("b"), PropertyStatus::Passed),
        ];
        for (host, change, status) in cases {
            let reuse = Reuse {
                again: vec![(keyed_answer("a", "{}"), answer(200))],
                ..Reuse::default()
            };
            let mut after = ObservedState::default();
            after.apply(host, &[change]);
            assert_eq!(judged(&reuse, &after).status(PROPERTY), status);
        }
    }

    #[test]
    fn another_answer_when_all_is_over_is_seen() {
        let reuse = Reuse {
            again: vec![(keyed_answer("a", "{}"), answer(404))],
            ..Reuse::default()
        };
        let findings = judged(&reuse, &ObservedState::default());
        assert_eq!(findings.status(keys::PROPERTY), PropertyStatus::Violated);
    }
}
