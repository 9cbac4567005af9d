//! One saga and one reply for an Idempotency-Key.
//!
//! The promise to a client: it may repeat a request under its key as often as it wants, and gets the answer that the first one
//! got.

use std::collections::BTreeMap;

use super::{
    Attempt, CheckedSystem, ClientOp, Findings, History, Invariant, ObservedState, Property,
    reuse::{self, KEY_REUSED},
};
use crate::plan::Fields;

pub(crate) const PROPERTY: Property = Property {
    name: "one-reply-per-key",
    about: "every answer under one Idempotency-Key is the same, and at most one saga ran for it",
    exercised_by: "an operation with a key (`keyed`) that the saga log stores as `CheckedSystem::stored_key` says",
    kept_by: "the idempotency key in the row of the saga: a repeat joins the saga or replays its answer",
};

pub(crate) struct OneReplyPerKey;

impl Invariant for OneReplyPerKey {
    fn at_rest(&mut self, observed: &ObservedState, history: &History, findings: &mut Findings) {
        let system = observed.system();
        // Counted once for all keys: a run may have hundreds of both.
        let sagas = by_key(observed);
        let by_client_and_key = by_client_and_key(history);
        let stored_key = |(client, key): (i64, &str)| system.stored_key(client, key);
        // A system that says another key than the log stores would pass, whatever ran: no saga has such a key.
        let mut keys = by_client_and_key.keys();
        let is_stored = keys.any(|key| sagas.contains_key(&*stored_key(*key)));
        for ((client, key), answers) in by_client_and_key {
            if answers.iter().all(|(_, answers)| answers.is_empty()) {
                continue;
            }
            let mut found = Findings::default();
            for (_, answers) in &answers {
                let Some((first, rest)) = answers.split_first() else {
                    continue;
                };
                for other in rest {
                    same((system, client), first, other, &mut found);
                }
            }
            reuse::shared_key((system, client), &answers, &mut found);
            if let [(_, answers)] = &answers[..] {
                reuse::key_of_one((system, client), answers, &mut found);
            }
            let sagas = sagas.get(&*stored_key((client, key))).copied().unwrap_or(0);
            found.require(PROPERTY, sagas <= 1, || {
                let noun = system.nouns().client;
                format!("{sagas} sagas ran for one key of {noun} {client}")
            });
            findings.extend_if(is_stored, PROPERTY, found);
        }
    }
}

/// What one operation asks for, and its answers under one key. If other operations have the same key, all but one are refused:
/// that refusal is no answer to compare.
pub(super) type Answers<'h> = (&'h Fields, Vec<&'h Attempt>);

/// The answers by client and key, apart for requests that ask for different things. A key belongs to its client: two clients
/// may choose the same text.
fn by_client_and_key(history: &History) -> BTreeMap<(i64, &str), Vec<Answers<'_>>> {
    let mut by_key: BTreeMap<(i64, &str), Vec<Answers<'_>>> = BTreeMap::new();
    for op in history.ops() {
        let Some(key) = &op.key else {
            continue;
        };
        let of_key = by_key.entry((op.client, key)).or_default();
        match of_key.iter_mut().find(|(what, _)| **what == op.what) {
            Some((_, known)) => known.extend(&op.attempts),
            None => of_key.push((&op.what, op.attempts.iter().collect())),
        }
    }
    for of_key in by_key.values_mut().filter(|of_key| of_key.len() > 1) {
        for (_, answers) in of_key {
            answers.retain(|answer| answer.status != KEY_REUSED);
        }
    }
    by_key
}

/// Judges the answer to a request that repeats a key at the end of the run. Like the answers of the run, it shows something only
/// if the log has the key.
pub(super) fn again(
    observed: &ObservedState,
    op: &ClientOp,
    answer: &Attempt,
    findings: &mut Findings,
) {
    if let Some(first) = op.answer() {
        let mut found = Findings::default();
        same((observed.system(), op.client), first, answer, &mut found);
        findings.extend_if(sagas(op, observed) > 0, PROPERTY, found);
    }
}

/// The number of sagas under the key of an operation.
pub(super) fn sagas(op: &ClientOp, observed: &ObservedState) -> usize {
    let Some(key) = op.key.as_deref() else {
        return 0;
    };
    let key = Some(observed.system().stored_key(op.client, key));
    let sagas = observed.sagas.values();
    let kept = sagas.filter(|saga| !saga.is_collected);
    kept.filter(|saga| saga.key == key).count()
}

/// The number of sagas by stored key.
fn by_key(observed: &ObservedState) -> BTreeMap<&str, usize> {
    let mut sagas = BTreeMap::new();
    for key in observed
        .sagas
        .values()
        // A key whose time is over is new again.
        .filter(|saga| !saga.is_collected)
        .filter_map(|saga| saga.key.as_deref())
    {
        *sagas.entry(key).or_default() += 1;
    }
    sagas
}

/// Bodies are compared byte by byte: an equal meaning in other words would be a defect as well.
fn same(
    (system, client): (&dyn CheckedSystem, i64),
    first: &Attempt,
    other: &Attempt,
    findings: &mut Findings,
) {
    findings.require(PROPERTY, first == other, || {
        let noun = system.nouns().client;
        format!(
            "{noun} {client} was answered {} {} and then {} {} under one key",
            first.status, first.body, other.status, other.body
        )
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{check::samples::*, plan::Host, record::PropertyStatus};

    #[test]
    fn the_same_answer_again_from_one_saga_is_fine() {
        let run = sample_of(OneReplyPerKey)
            .commit(Host::COORDINATOR, &[keyed_saga(1, 1, 1, "a")])
            .op(keyed_answer("a", "{}"))
            .op(keyed_answer("a", "{}"))
            .rest();
        assert_eq!(run.status(PROPERTY), PropertyStatus::Passed);
    }

    #[test]
    fn a_different_answer_under_the_key_is_a_violation() {
        let run = sample_of(OneReplyPerKey)
            .op(keyed_answer("a", "{}"))
            .op(keyed_answer("a", r#"{"other":1}"#))
            .rest();
        assert_eq!(run.status(PROPERTY), PropertyStatus::Violated);
    }

    /// The system says another key than the log stores. Then no number of sagas would be found too large.
    #[test]
    fn answers_under_a_key_that_the_log_does_not_have_exercise_nothing() {
        let same_answers = |stored| {
            let saga = keyed_saga(1, 1, 1, stored);
            let run = sample_of(OneReplyPerKey).commit(Host::COORDINATOR, &[saga]);
            let run = run.op(keyed_answer("a", "{}")).op(keyed_answer("a", "{}"));
            run.rest().status(PROPERTY)
        };
        assert_eq!(same_answers("a"), PropertyStatus::Passed);
        assert_eq!(same_answers("1/a"), PropertyStatus::NeverExercised);
    }

    /// They ask for the same, so there is nothing to refuse.
    #[test]
    fn a_refusal_of_one_of_two_equal_operations_under_one_key_is_a_violation() {
        let shared = |answer: ClientOp| ClientOp {
            shares_key: true,
            ..answer
        };
        let refusal = r#"{"detail":"header Idempotency-Key: was used with another request"}"#;
        let refused = ClientOp {
            attempts: vec![Attempt {
                status: KEY_REUSED,
                body: refusal.to_owned(),
            }],
            ..keyed_answer("a", "")
        };
        let run = sample_of(OneReplyPerKey)
            .op(shared(keyed_answer("a", "{}")))
            .op(shared(refused))
            .rest();
        assert_eq!(run.status(reuse::PROPERTY), PropertyStatus::Violated);
    }

    #[test]
    fn a_second_saga_for_the_key_is_a_violation() {
        let sagas = [1, 2].map(|id| keyed_saga(id, 1, 1, "a"));
        let run = sample_of(OneReplyPerKey)
            .commit(Host::COORDINATOR, &sagas)
            .op(keyed_answer("a", "{}"))
            .rest();
        assert_eq!(run.status(PROPERTY), PropertyStatus::Violated);
        assert_eq!(run.detail(), "2 sagas ran for one key of customer 1");
    }
}
