//! An id stands for the arguments that it first came with: the key of a request, and the saga and number of a step.
//!
//! A service that answers a reused key with the old answer would tell a client that something happened which it never
//! asked for. So reuse is refused, and the refusal must have no effect.

use likewise_saga::protocol::StepReply;

use super::{Attempt, CheckedSystem, ClientOp, Findings, ObservedState, Property, keys};

pub(crate) const PROPERTY: Property = Property {
    name: "reuse-is-refused",
    about: "a key or a step that comes again with other arguments is refused and changes nothing, and \
            no other one is",
    exercised_by: "a run with steps, or with an operation that is answered under a key, that comes to rest",
    kept_by: "the fingerprint of each request and each step: other arguments under the same name are refused",
};

/// The HTTP status for a key that is reused with other arguments.
pub(super) const KEY_REUSED: u16 = 422;

/// The answers to the probe that reuses keys and steps.
#[derive(Debug, Default)]
pub struct Reuse {
    /// The same request under its key: the operation as it was answered, and the answer now.
    pub again: Vec<(ClientOp, Attempt)>,
    /// A different request under a known key.
    pub keys: Vec<Attempt>,
    /// Known steps with other arguments.
    pub steps: Vec<StepReply>,
}

/// Judges the answers to operations of one client that share a key: at most one of them may succeed.
pub(super) fn shared_key(
    (system, client): (&dyn CheckedSystem, i64),
    answers: &[keys::Answers<'_>],
    findings: &mut Findings,
) {
    if answers.len() < 2 {
        return;
    }
    let succeeded = |(_, answers): &&keys::Answers<'_>| answers.iter().any(|it| it.status == 200);
    let succeeded = answers.iter().filter(succeeded).count();
    findings.require(PROPERTY, succeeded <= 1, || {
        let noun = system.nouns().client;
        format!("{succeeded} different operations of {noun} {client} succeeded under one key")
    });
}

/// Judges the answers under a key that a client used for one thing alone: none of them says that it was used before.
pub(super) fn key_of_one(
    (system, client): (&dyn CheckedSystem, i64),
    answers: &[&Attempt],
    findings: &mut Findings,
) {
    let is_refusal =
        |it: &&&Attempt| it.status == KEY_REUSED && it.body.contains("Idempotency-Key");
    let refused = answers.iter().find(is_refusal);
    findings.require(PROPERTY, refused.is_none(), || {
        let (noun, body) = (system.nouns().client, refused.map_or("", |it| &it.body));
        format!("{noun} {client} used a key once and was refused: {body}")
    });
}

/// Judges a run after its keys and steps were reused.
pub(super) fn reused(
    before: &ObservedState,
    after: &ObservedState,
    reuse: &Reuse,
    findings: &mut Findings,
) {
    let system = after.system();
    for (op, answer) in &reuse.again {
        keys::again(after, op, answer, findings);
        // Only the sagas of this key count: a coordinator that was still trying to begin another saga may have succeeded
        // during the probes.
        let sagas = [before, after].map(|observed| keys::sagas(op, observed));
        findings.require(PROPERTY, sagas[0] == sagas[1], || {
            let ([before, after], client) = (sagas, op.client);
            let noun = system.nouns().client;
            format!(
                "there were {before} sagas under a key of {noun} {client} and now there are {after}"
            )
        });
    }
    for answer in &reuse.keys {
        findings.require(PROPERTY, answer.status == KEY_REUSED, || {
            format!(
                "another request under a known key was answered {} {}",
                answer.status, answer.body
            )
        });
    }
    for reply in &reuse.steps {
        let is_refused = matches!(reply, StepReply::Mismatch | StepReply::Stale);
        findings.require(PROPERTY, is_refused, || {
            format!("a step with other arguments than before was answered {reply:?}")
        });
    }
    if reuse.again.is_empty() && reuse.keys.is_empty() && reuse.steps.is_empty() {
        return;
    }
    let change = before.effect_change(after);
    findings.require(PROPERTY, change.is_none(), || change.unwrap_or_default());
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{check::samples::*, plan::Host, record::PropertyStatus, testing::order};

    fn judged(reuse: &Reuse, after: &ObservedState) -> Findings {
        judged_between(&nothing(), reuse, after)
    }

    fn judged_between(before: &ObservedState, reuse: &Reuse, after: &ObservedState) -> Findings {
        let mut findings = Findings::default();
        reused(before, after, reuse, &mut findings);
        findings
    }

    fn nothing() -> ObservedState {
        observed(STORE, &[])
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
        let key_status = |key| {
            let stored = observed(Host::COORDINATOR, &[keyed_saga(1, 1, 1, key)]);
            let findings = judged_between(&stored, &reuse, &stored);
            assert_eq!(findings.status(PROPERTY), PropertyStatus::Passed);
            findings.status(keys::PROPERTY)
        };
        assert_eq!(key_status("a"), PropertyStatus::Passed);
        let unknown = key_status("b");
        assert_eq!(
            unknown,
            PropertyStatus::NeverExercised,
            "the log has no such key"
        );
        let nothing = judged(&Reuse::default(), &nothing());
        assert_eq!(nothing.status(PROPERTY), PropertyStatus::NeverExercised);
    }

    #[test]
    fn a_key_or_step_that_is_accepted_with_other_arguments_is_a_violation() {
        let key = Reuse {
            keys: vec![answer(200)],
            ..Reuse::default()
        };
        let step = Reuse {
            steps: vec![StepReply::Mismatch, StepReply::Dead],
            ..Reuse::default()
        };
        for reuse in [key, step] {
            let findings = judged(&reuse, &nothing());
            assert_eq!(findings.status(PROPERTY), PropertyStatus::Violated);
        }
    }

    #[test]
    fn a_change_is_a_violation_and_a_saga_under_another_key_is_not() {
        let saga = |key| keyed_saga(1, 1, 1, key);
        let cases = [
            (STORE, stock(7), PropertyStatus::Violated),
            (Host::COORDINATOR, saga("a"), PropertyStatus::Violated),
            (Host::COORDINATOR, saga("b"), PropertyStatus::Passed),
        ];
        for (host, change, status) in cases {
            let reuse = Reuse {
                again: vec![(keyed_answer("a", "{}"), answer(200))],
                ..Reuse::default()
            };
            let after = observed(host, &[change]);
            assert_eq!(judged(&reuse, &after).status(PROPERTY), status);
        }
    }

    fn shared(answers: &[(i64, u16)]) -> PropertyStatus {
        let whats: Vec<_> = (answers.iter())
            .map(|(amount, _)| order(1, *amount, 0).what)
            .collect();
        let attempts: Vec<_> = answers.iter().map(|(_, status)| answer(*status)).collect();
        let answers = whats.iter().zip(&attempts);
        let answers: Vec<_> = answers.map(|(what, it)| (what, vec![it])).collect();
        let mut findings = Findings::default();
        shared_key((&SHOP, 1), &answers, &mut findings);
        findings.status(PROPERTY)
    }

    #[test]
    fn one_of_the_operations_that_share_a_key_may_succeed() {
        assert_eq!(shared(&[(1, 200), (2, 404)]), PropertyStatus::Passed);
        assert_eq!(shared(&[(1, 200), (2, 200)]), PropertyStatus::Violated);
        assert_eq!(shared(&[(1, 200)]), PropertyStatus::NeverExercised);
    }

    #[test]
    fn a_key_that_was_used_once_is_not_refused_as_used() {
        let refused = Attempt {
            status: 422,
            body: r#"{"detail":"header Idempotency-Key: was used with another request"}"#
                .to_owned(),
        };
        let status = |answer: &Attempt| {
            let mut findings = Findings::default();
            key_of_one((&SHOP, 1), &[answer], &mut findings);
            findings.status(PROPERTY)
        };
        assert_eq!(status(&refused), PropertyStatus::Violated);
        assert_eq!(status(&answer(422)), PropertyStatus::Passed, "another 422");
    }

    #[test]
    fn a_different_answer_at_the_end_is_a_violation() {
        let reuse = Reuse {
            again: vec![(keyed_answer("a", "{}"), answer(404))],
            ..Reuse::default()
        };
        let findings = judged(&reuse, &nothing());
        assert_eq!(findings.status(keys::PROPERTY), PropertyStatus::Violated);
    }
}
