//! Each pair's history is that of a register: "liked" or "not liked".
//!
//! A search in the manner of Wing and Gong: is there an order of the operations that respects
//! real time and explains every answer and the final state?
//!
//! # Source
//! J. M. Wing, C. Gong: Testing and Verifying Concurrent Objects, 1993; the memo of visited
//! configurations is G. Lowe's, 2017.

use std::collections::{BTreeMap, BTreeSet};

use super::meaning::{Meaning, meaning};
use crate::world::{
    check::{ClientOp, Findings, History, Invariant, ObservedState, Property},
    plan::Action,
    record::Outcome,
};

pub(super) const PROPERTY: Property = Property {
    name: "pair-is-linearizable",
    about: "the answers about one user and one article are those of a single register",
};

/// Operations on one pair at most: bounds the search.
const OPERATIONS_MAX: usize = 24;

pub(super) struct Linearizable;

impl Invariant for Linearizable {
    fn at_rest(&mut self, observed: &ObservedState, history: &History, findings: &mut Findings) {
        let mut pairs: BTreeMap<(i64, i64), Vec<&ClientOp>> = BTreeMap::new();
        for op in history.ops() {
            pairs.entry((op.user, op.article)).or_default().push(op);
        }
        for (pair, ops) in pairs {
            let ops = operations(&ops);
            // A longer history is not judged, and so not counted as exercised.
            if ops.is_empty() || ops.len() > OPERATIONS_MAX {
                continue;
            }
            let liked = observed.pairs.get(&pair).copied().unwrap_or(0) > 0;
            findings.require(PROPERTY, explains(&ops, liked), || {
                let told: Vec<String> = ops.iter().map(|op| format!("{:?}", op.effect)).collect();
                format!(
                    "user {} and article {}: no order explains {} with the like {} at the end",
                    pair.0,
                    pair.1,
                    told.join(", "),
                    if liked { "there" } else { "not there" }
                )
            });
        }
    }
}

/// What an operation does to the register.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Effect {
    Known(Meaning),
    /// May set the register, at any time from its invocation on, or never.
    Perhaps(bool),
}

#[derive(Debug, Clone, Copy)]
struct Operation {
    invoked: usize,
    returned: usize,
    effect: Effect,
}

/// Operations of one pair; what carries one key is one operation.
fn operations(ops: &[&ClientOp]) -> Vec<Operation> {
    let mut merged: BTreeMap<(Option<&str>, usize), Operation> = BTreeMap::new();
    for (place, op) in ops.iter().enumerate() {
        let effect = match meaning(op) {
            Some(meaning) => Effect::Known(meaning),
            None => Effect::Perhaps(op.action != Action::Unlike),
        };
        let name = match &op.key {
            Some(key) => (Some(key.as_str()), 0),
            None => (None, place),
        };
        let returned = match op.outcome {
            Outcome::Unknown => usize::MAX,
            _ => op.returned,
        };
        let one = merged.entry(name).or_insert(Operation {
            invoked: op.invoked,
            returned,
            effect,
        });
        one.invoked = one.invoked.min(op.invoked);
        if let Effect::Known(_) = effect {
            one.returned = match one.effect {
                Effect::Known(_) => one.returned.min(returned),
                Effect::Perhaps(_) => returned,
            };
            one.effect = effect;
        }
    }
    merged
        .into_values()
        .filter(|op| op.effect != Effect::Known(Meaning::Nothing))
        .collect()
}

/// Whether some order of the operations explains all of them and the final state.
fn explains(ops: &[Operation], liked_at_end: bool) -> bool {
    let mut open = vec![(0_u64, false)];
    let mut visited = BTreeSet::new();
    while let Some((done, liked)) = open.pop() {
        if !visited.insert((done, liked)) {
            continue;
        }
        let left = || {
            ops.iter()
                .enumerate()
                .filter(|(place, _)| done & (1 << place) == 0)
        };
        let certain = left().any(|(_, op)| matches!(op.effect, Effect::Known(_)));
        if !certain && liked == liked_at_end {
            return true;
        }
        // Only what was invoked before everything left has returned can be next.
        let first_return = left()
            .map(|(_, op)| op.returned)
            .min()
            .unwrap_or(usize::MAX);
        for (place, op) in left().filter(|(_, op)| op.invoked <= first_return) {
            if let Some(next) = step(op.effect, liked) {
                open.push((done | (1 << place), next));
            }
        }
    }
    false
}

/// The register's state after an operation; none, if it cannot happen here.
fn step(effect: Effect, liked: bool) -> Option<bool> {
    match effect {
        Effect::Known(Meaning::Liked) if !liked => Some(true),
        Effect::Known(Meaning::WasLiked) if liked => Some(true),
        Effect::Known(Meaning::Unliked) if liked => Some(false),
        Effect::Known(Meaning::WasNotLiked) if !liked => Some(false),
        Effect::Known(_) => None,
        Effect::Perhaps(set) => Some(set),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHANGED: &str = r#"{"current_likes":1}"#;

    fn judge(ops: Vec<ClientOp>, liked: bool) -> bool {
        let ops: Vec<&ClientOp> = ops.iter().collect();
        explains(&operations(&ops), liked)
    }

    #[test]
    fn a_like_and_an_unlike_one_after_the_other_are_explained() {
        let ops = vec![
            ClientOp::of(Action::Like, 1, 2, 200, CHANGED),
            ClientOp::of(Action::Like, 3, 4, 409, ""),
            ClientOp::of(Action::Unlike, 5, 6, 200, CHANGED),
        ];
        assert!(judge(ops, false));
    }

    #[test]
    fn a_like_that_is_gone_at_the_end_is_not() {
        assert!(!judge(
            vec![ClientOp::of(Action::Like, 1, 2, 200, CHANGED)],
            false
        ));
    }

    #[test]
    fn two_fresh_likes_in_a_row_are_not() {
        let ops = vec![
            ClientOp::of(Action::Like, 1, 2, 200, CHANGED),
            ClientOp::of(Action::Like, 3, 4, 200, CHANGED),
        ];
        assert!(!judge(ops, true));
    }

    #[test]
    fn real_time_counts() {
        // "Was liked" was answered before the only like began.
        let ops = vec![
            ClientOp::of(Action::Like, 1, 2, 409, ""),
            ClientOp::of(Action::Like, 3, 4, 200, CHANGED),
        ];
        assert!(!judge(ops, true));
    }

    #[test]
    fn an_unknown_like_may_or_may_not_have_happened() {
        let unknown = ClientOp {
            outcome: Outcome::Unknown,
            attempts: vec![],
            ..ClientOp::of(Action::Like, 1, 2, 0, "")
        };
        assert!(judge(vec![unknown.clone()], true));
        assert!(judge(vec![unknown], false));
    }
}
