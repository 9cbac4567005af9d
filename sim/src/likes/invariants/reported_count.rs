//! The count that an answer tells is one that the article had while the request was under way.

use std::collections::BTreeMap;

use likewise_barrier::BarrierState;
use serde::Deserialize;

use crate::world::{
    check::{ClientOp, Delta, Findings, Invariant, ObservedState, Property},
    plan::Host,
};

pub(super) const PROPERTY: Property = Property {
    name: "told-count-was-there",
    about: "the count that an answer tells is one that its article had since the request was first sent",
};

/// What the steps of one commit may have been told.
type Range = std::ops::RangeInclusive<i64>;

/// What has been told, as far as the commits say.
#[derive(Default)]
pub(super) struct ReportedCount {
    counts: BTreeMap<i64, i64>,
    tellable: BTreeMap<i64, Vec<Range>>,
    /// For each request, or all under one key, how many commits its article had seen before.
    sent: BTreeMap<Request, usize>,
}

impl Invariant for ReportedCount {
    fn after_commit(&mut self, observed: &ObservedState, deltas: &[Delta], _: &mut Findings) {
        let moves = deltas.iter().filter(|delta| is_move(delta)).count();
        let acts = deltas.iter().filter(|delta| is_action(delta)).count();
        let moves = i64::try_from(moves).unwrap_or(i64::MAX);
        for delta in deltas {
            let Delta::Count { article } = delta else {
                continue;
            };
            let now = observed.counts[article];
            let before = self.counts.insert(*article, now).unwrap_or(0);
            // A batch counts once, and each of its steps is told the count as if it had come alone.
            let told = match (acts, moves) {
                (0, _) => continue,
                (_, 1) => now..=now,
                _ => before - moves..=before + moves,
            };
            self.tellable.entry(*article).or_default().push(told);
        }
    }

    fn invoked(&mut self, op: &ClientOp) {
        let commits = self.tellable.get(&op.article).map_or(0, Vec::len);
        self.sent.entry(request(op)).or_insert(commits);
    }

    fn returned(&mut self, op: &ClientOp, _: &ObservedState, findings: &mut Findings) {
        let first = self.sent.get(&request(op)).copied().unwrap_or(0);
        let all = self.tellable.get(&op.article);
        let since = all.and_then(|all| all.get(first..)).unwrap_or(&[]);
        for told in op.attempts.iter().filter_map(|answer| told(&answer.body)) {
            let there = since.iter().any(|range| range.contains(&told));
            findings.require(PROPERTY, there, || {
                format!(
                    "user {} was told {told} likes of article {}, which it never had since the request was sent",
                    op.user, op.article
                )
            });
        }
    }
}

fn is_move(delta: &Delta) -> bool {
    match delta {
        Delta::Barrier {
            service: Host::Article,
            before,
            after,
            ..
        } => before != after,
        _ => false,
    }
}

fn is_action(delta: &Delta) -> bool {
    matches!(
        delta,
        Delta::Barrier {
            service: Host::Article,
            before: None,
            after: Some(BarrierState::Done),
            ..
        }
    )
}

/// A key makes several requests one.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Request {
    /// A user's, under this key.
    Keyed(i64, String),
    /// The one that was invoked at this place.
    Lone(usize),
}

fn request(op: &ClientOp) -> Request {
    match &op.key {
        Some(key) => Request::Keyed(op.user, key.clone()),
        None => Request::Lone(op.invoked),
    }
}

/// What is read of an answer.
#[derive(Deserialize)]
struct Answer {
    current_likes: i64,
}

fn told(body: &str) -> Option<i64> {
    let Answer { current_likes } = serde_json::from_str(body).ok()?;
    Some(current_likes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::{
        check::samples::*,
        record::{Change, PropertyStatus},
    };

    /// A like that is told 1 while these commits happen.
    fn during(commits: &[&[Change]]) -> PropertyStatus {
        let run =
            Sample::of(ReportedCount::default()).op_during(like_answered(), Host::Article, commits);
        run.status(PROPERTY)
    }

    fn like(saga: u128, likes: i64) -> [Change; 2] {
        [step_new(saga, 0, 0, 1), count(1, likes)]
    }

    #[test]
    fn the_count_of_ones_own_step_is_told() {
        assert_eq!(during(&[&like(1, 1), &like(2, 2)]), PropertyStatus::Passed);
    }

    #[test]
    fn a_count_that_was_not_there_is_seen() {
        assert_eq!(during(&[]), PropertyStatus::Violated);
        assert_eq!(during(&[&like(1, 2)]), PropertyStatus::Violated);
        let before = Sample::of(ReportedCount::default())
            .commit(Host::Article, &like(1, 1))
            .op(like_answered());
        assert_eq!(
            before.status(PROPERTY),
            PropertyStatus::Violated,
            "it is old"
        );
    }

    #[test]
    fn in_a_batch_each_step_is_told_its_own_count() {
        let batch = [step_new(1, 0, 0, 1), step_new(2, 0, 0, -1), count(1, 0)];
        assert_eq!(during(&[&batch]), PropertyStatus::Passed);
    }
}
