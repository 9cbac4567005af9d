//! The history of each pair of user and article is linearizable: it is that of one register, "liked" or "not liked".
//!
//! A search in the manner of Wing and Gong decides whether some order of the operations respects real time and explains
//! every answer and the final state. The memo of visited configurations keeps it small.
//!
//! # Source
//! J. M. Wing, C. Gong: Testing and Verifying Concurrent Objects, 1993. The memo is from G. Lowe: Testing for
//! linearizability, 2017.

use std::collections::{BTreeMap, BTreeSet};

use super::meaning::{Meaning, meaning};
use crate::observed::LikesState;
use crate::{Action, LikeOperation};
use likewise_world::{
    check::{ClientOp, Findings, History, Invariant, ObservedState, Property},
    record::Outcome,
};

pub(super) const PROPERTY: Property = Property {
    name: "pair-is-linearizable",
    about: "the answers about one user and one article are those of a single register",
    exercised_by: "a like or an unlike",
    kept_by: "the lock key of user and article, and the idempotency key of each request",
};

/// The largest history that is judged, in operations on one pair. It bounds the search, which is exponential in the
/// number of concurrent operations.
const OPERATIONS_MAX: usize = 24;

/// Judges the whole history of each pair once, at rest.
pub(super) struct Linearizable;

impl Invariant for Linearizable {
    fn at_rest(&mut self, observed: &ObservedState, history: &History, findings: &mut Findings) {
        let mut pairs: BTreeMap<(i64, i64), Vec<&ClientOp>> = BTreeMap::new();
        for op in history.ops() {
            let pair = LikeOperation::of_click(op).pair();
            pairs.entry(pair).or_default().push(op);
        }
        let likes: &LikesState = observed.own();
        for (pair, ops) in pairs {
            let ops = operations(&ops);
            // A longer history is not judged, and therefore not counted as exercised.
            if ops.is_empty() || ops.len() > OPERATIONS_MAX {
                continue;
            }
            let liked = likes.pairs.get(&pair).copied().unwrap_or(0) > 0;
            findings.require(PROPERTY, explains(&ops, liked), || {
                let effects: Vec<String> =
                    ops.iter().map(|op| format!("{:?}", op.effect)).collect();
                format!(
                    "user {} and article {}: no order explains {} and a like that is {} at the end",
                    pair.0,
                    pair.1,
                    effects.join(", "),
                    if liked { "present" } else { "absent" }
                )
            });
        }
    }
}

/// The effect of an operation on the register.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Effect {
    /// The answer says what happened.
    Known(Meaning),
    /// The outcome is unknown: the operation may set the register to this value at any time after its invocation, or
    /// never.
    Possible(bool),
}

#[derive(Debug, Clone, Copy)]
struct Operation {
    invoked: usize,
    returned: usize,
    effect: Effect,
}

/// The operations of one pair. All requests under one key are one operation, because the product runs one saga for them.
fn operations(ops: &[&ClientOp]) -> Vec<Operation> {
    let mut merged: BTreeMap<(Option<&str>, Action, usize), Operation> = BTreeMap::new();
    for (index, op) in ops.iter().enumerate() {
        let action = LikeOperation::of_click(op).action;
        let effect = match meaning(op) {
            Some(meaning) => Effect::Known(meaning),
            None => Effect::Possible(action != Action::Unlike),
        };
        // Another action under the same key is another operation: one of the two is refused.
        let identity = match &op.key {
            Some(key) => (Some(key.as_str()), action, 0),
            None => (None, action, index),
        };
        let returned = match op.outcome {
            Outcome::Unknown => usize::MAX,
            _ => op.returned,
        };
        let operation = merged.entry(identity).or_insert(Operation {
            invoked: op.invoked,
            returned,
            effect,
        });
        operation.invoked = operation.invoked.min(op.invoked);
        if let Effect::Known(_) = effect {
            operation.returned = match operation.effect {
                Effect::Known(_) => operation.returned.min(returned),
                Effect::Possible(_) => returned,
            };
            operation.effect = effect;
        }
    }
    merged
        .into_values()
        .filter(|op| op.effect != Effect::Known(Meaning::Nothing))
        .collect()
}

/// Whether some order of the operations explains all of them and the final state.
fn explains(ops: &[Operation], liked_at_end: bool) -> bool {
    // A configuration is the set of operations that have happened, one bit each, and the state of the register.
    let mut open = vec![(0_u64, false)];
    let mut visited = BTreeSet::new();
    while let Some((done, liked)) = open.pop() {
        if !visited.insert((done, liked)) {
            continue;
        }
        let left = || {
            ops.iter()
                .enumerate()
                .filter(|(index, _)| done & (1 << index) == 0)
        };
        let certain = left().any(|(_, op)| matches!(op.effect, Effect::Known(_)));
        if !certain && liked == liked_at_end {
            return true;
        }
        // Real time: an operation can be next only if it was invoked before any remaining one returned.
        let first_return = left()
            .map(|(_, op)| op.returned)
            .min()
            .unwrap_or(usize::MAX);
        for (index, op) in left().filter(|(_, op)| op.invoked <= first_return) {
            if let Some(next) = step(op.effect, liked) {
                open.push((done | (1 << index), next));
            }
        }
    }
    false
}

/// The state of the register after an operation. `None` if the operation cannot have its effect in this state.
fn step(effect: Effect, liked: bool) -> Option<bool> {
    match effect {
        Effect::Known(Meaning::Liked) if !liked => Some(true),
        Effect::Known(Meaning::WasLiked) if liked => Some(true),
        Effect::Known(Meaning::Unliked) if liked => Some(false),
        Effect::Known(Meaning::WasNotLiked) if !liked => Some(false),
        Effect::Known(_) => None,
        Effect::Possible(set) => Some(set),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples::click;

    const CHANGED: &str = r#"{"current_likes":1}"#;

    fn judge(ops: Vec<ClientOp>, liked: bool) -> bool {
        let ops: Vec<&ClientOp> = ops.iter().collect();
        explains(&operations(&ops), liked)
    }

    #[test]
    fn a_like_and_an_unlike_one_after_the_other_are_explained() {
        let ops = vec![
            click(Action::Like, 1, 2, 200, CHANGED),
            click(Action::Like, 3, 4, 409, ""),
            click(Action::Unlike, 5, 6, 200, CHANGED),
        ];
        assert!(judge(ops, false));
    }

    #[test]
    fn a_like_that_is_gone_at_the_end_is_not_explained() {
        assert!(!judge(vec![click(Action::Like, 1, 2, 200, CHANGED)], false));
    }

    /// Both were told that they changed something, and only one of them can have.
    #[test]
    fn two_new_likes_in_a_row_are_not_explained() {
        let ops = vec![
            click(Action::Like, 1, 2, 200, CHANGED),
            click(Action::Like, 3, 4, 200, CHANGED),
        ];
        assert!(!judge(ops, true));
    }

    #[test]
    fn an_order_that_contradicts_real_time_is_not_accepted() {
        // "Was liked" was answered before the only like began.
        let ops = vec![
            click(Action::Like, 1, 2, 409, ""),
            click(Action::Like, 3, 4, 200, CHANGED),
        ];
        assert!(!judge(ops, true));
    }

    /// Both final states are explained, so the search must try both.
    #[test]
    fn an_unknown_like_may_or_may_not_have_happened() {
        let unknown = ClientOp {
            outcome: Outcome::Unknown,
            attempts: vec![],
            ..click(Action::Like, 1, 2, 0, "")
        };
        assert!(judge(vec![unknown.clone()], true));
        assert!(judge(vec![unknown], false));
    }
}
