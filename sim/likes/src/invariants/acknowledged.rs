//! An acknowledged like stays until its user removes it.
//!
//! This is the promise that a client can rely on, so it is checked from the client's view: only answers and records count,
//! not the saga log.

use std::collections::{BTreeMap, BTreeSet};

use super::meaning::{Meaning, meaning};
use crate::observed::{LikesChange, LikesState};
use crate::{Action, LikeOperation};
use likewise_world::{
    check::{ClientOp, Delta, Findings, Invariant, ObservedState, Property},
    record::Outcome,
};

pub(super) const PROPERTY: Property = Property {
    name: "acknowledged-like-stays",
    about: "a like that was answered with 200 stays until its user sends an unlike",
    exercised_by: "a like that is answered with 200 while no unlike of its pair is in flight",
    kept_by: "the seal: a saga that may have been answered is not undone",
};

/// The pairs of user and article whose like must be there.
#[derive(Default)]
pub(super) struct Acknowledged {
    /// Pairs whose like was answered with 200, without an unlike since.
    answered: BTreeSet<(i64, i64)>,
    /// For each pair, the number of unlikes that have not returned.
    unlikes_open: BTreeMap<(i64, i64), u32>,
    /// For each pair, the event at which its last unlike returned.
    last_unlike: BTreeMap<(i64, i64), usize>,
    /// Pairs with an unlike of unknown outcome, which may still take effect at any time.
    in_doubt: BTreeSet<(i64, i64)>,
}

impl Invariant for Acknowledged {
    fn after_commit(&mut self, observed: &ObservedState, _: &[Delta], findings: &mut Findings) {
        for change in observed.own::<LikesState>().changes() {
            if let LikesChange::Unliked(row) = change {
                let pair = (row.user_id, row.article_id);
                if self.answered.contains(&pair) {
                    findings.require(PROPERTY, false, || {
                        format!("user {}'s like of article {} was answered with 200 and is gone without an unlike", pair.0, pair.1)
                    });
                }
            }
        }
    }

    fn invoked(&mut self, op: &ClientOp) {
        let what = LikeOperation::of_click(op);
        if what.action == Action::Unlike {
            let pair = what.pair();
            self.answered.remove(&pair);
            *self.unlikes_open.entry(pair).or_default() += 1;
        }
    }

    fn returned(&mut self, op: &ClientOp, observed: &ObservedState, findings: &mut Findings) {
        let what = LikeOperation::of_click(op);
        let pair = what.pair();
        if what.action == Action::Unlike {
            *self.unlikes_open.entry(pair).or_default() -= 1;
            self.last_unlike.insert(pair, op.returned);
            if op.outcome == Outcome::Unknown {
                self.in_doubt.insert(pair);
            }
            return;
        }
        let liked = meaning(op) == Some(Meaning::Liked) && op.outcome == Outcome::Ok;
        // An unlike of the same user may have been in flight together with the like.
        let last_unlike = self.last_unlike.get(&pair).copied().unwrap_or(0);
        let undisturbed = self.unlikes_open.get(&pair).copied().unwrap_or(0) == 0
            && last_unlike < op.invoked
            && !self.in_doubt.contains(&pair);
        // A retry under a key gets the stored answer, which was true when the first attempt was served.
        let is_repeat = op.attempts.len() > 1 || op.shares_key;
        if liked && undisturbed && !is_repeat {
            let likes: &LikesState = observed.own();
            let has_record = likes.pairs.get(&pair).copied().unwrap_or(0) > 0;
            findings.require(PROPERTY, has_record, || {
                format!(
                    "user {}'s like of article {} was answered with 200, but there is no record",
                    pair.0, pair.1
                )
            });
            self.answered.insert(pair);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{names::USER, samples::*};
    use likewise_world::record::PropertyStatus;

    fn unlike() -> ClientOp {
        click(Action::Unlike, 3, 4, 200, "")
    }

    #[test]
    fn an_unlike_may_remove_an_acknowledged_like() {
        let run = sample(Acknowledged::default())
            .commit(USER, &[liked(1)])
            .op(like_answered())
            .op(unlike())
            .commit(USER, &[unliked(1)]);
        assert_eq!(run.status(PROPERTY), PropertyStatus::Passed);
    }

    #[test]
    fn a_like_that_disappears_without_an_unlike_is_a_violation() {
        let run = sample(Acknowledged::default())
            .commit(USER, &[liked(1)])
            .op(like_answered())
            .commit(USER, &[unliked(1)]);
        assert_eq!(run.status(PROPERTY), PropertyStatus::Violated);
    }

    /// An unlike without an answer may take effect at any time, also between the like's commit and its answer.
    #[test]
    fn an_answer_without_a_record_is_a_violation_unless_an_unlike_is_in_doubt() {
        let run = sample(Acknowledged::default()).op(like_answered());
        assert_eq!(run.status(PROPERTY), PropertyStatus::Violated);
        let run = sample(Acknowledged::default())
            .op(unanswered(unlike()))
            .op(like_answered());
        assert_eq!(run.status(PROPERTY), PropertyStatus::NeverExercised);
    }
}
