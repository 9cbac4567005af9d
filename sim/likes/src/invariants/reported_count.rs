//! A reported count is one that the article had while the request was in progress.
//!
//! The exact count of a step is not known from outside: a batch commits once for several steps, and each of its replies
//! reports the count as if its step had run alone. So the check accepts a range for each commit.

use std::collections::BTreeMap;

use likewise_barrier::BarrierState;
use serde::Deserialize;

use crate::{
    LikeOperation,
    names::ARTICLE,
    observed::{LikesChange, LikesState},
};
use likewise_world::check::{ClientOp, Delta, Findings, Invariant, ObservedState, Property};

pub(super) const PROPERTY: Property = Property {
    name: "told-count-was-there",
    about: "a reported count is one that its article had since the request was first sent",
    exercised_by: "a like or an unlike that is answered with a count",
    kept_by: "the result in the barrier row: the count is read in the transaction of the step",
};

/// The counts that the steps of one commit may report.
type Range = std::ops::RangeInclusive<i64>;

/// The counts that answers may report, by the commits so far.
#[derive(Default)]
pub(super) struct ReportedCount {
    /// The last count of each article.
    counts: BTreeMap<i64, i64>,
    /// For each article, one range for each commit that ran an action on it.
    reportable: BTreeMap<i64, Vec<Range>>,
    /// For each request (all requests under one key are one), the number of those ranges when it was first sent.
    sent: BTreeMap<Request, usize>,
}

impl Invariant for ReportedCount {
    fn after_commit(&mut self, observed: &ObservedState, deltas: &[Delta], _: &mut Findings) {
        let moves = deltas.iter().filter(|delta| is_move(delta)).count();
        let acts = deltas.iter().filter(|delta| is_action(delta)).count();
        let moves = i64::try_from(moves).unwrap_or(i64::MAX);
        let likes: &LikesState = observed.own();
        for change in likes.changes() {
            let LikesChange::Count(article) = change else {
                continue;
            };
            let now = likes.counts[article];
            let before = self.counts.insert(*article, now).unwrap_or(0);
            // A batch commits one new count, but each of its steps reports the count as if it had run alone. In any order
            // of the steps that is within `moves` of the count before.
            let range = match (acts, moves) {
                (0, _) => continue,
                (_, 1) => now..=now,
                _ => before - moves..=before + moves,
            };
            self.reportable.entry(*article).or_default().push(range);
        }
    }

    fn invoked(&mut self, op: &ClientOp) {
        let (_, article) = LikeOperation::of_click(op).pair();
        let commits = self.reportable.get(&article).map_or(0, Vec::len);
        self.sent.entry(request(op)).or_insert(commits);
    }

    fn returned(&mut self, op: &ClientOp, _: &ObservedState, findings: &mut Findings) {
        let first = self.sent.get(&request(op)).copied().unwrap_or(0);
        let (user, article) = LikeOperation::of_click(op).pair();
        let all = self.reportable.get(&article);
        let since = all.and_then(|all| all.get(first..)).unwrap_or(&[]);
        for count in op
            .attempts
            .iter()
            .filter_map(|answer| reported(&answer.body))
        {
            let existed = since.iter().any(|range| range.contains(&count));
            findings.require(PROPERTY, existed, || {
                format!(
                    "user {user} got the answer {count} likes of article {article}, which had no such count since the request was sent"
                )
            });
        }
    }
}

/// Whether a delta changes the state of a barrier row of the article service.
fn is_move(delta: &Delta) -> bool {
    match delta {
        Delta::Barrier {
            service: ARTICLE,
            before,
            after,
            ..
        } => before != after,
        _ => false,
    }
}

/// Whether a delta inserts the barrier row of an action that was done at the article service.
fn is_action(delta: &Delta) -> bool {
    matches!(
        delta,
        Delta::Barrier {
            service: ARTICLE,
            before: None,
            after: Some(BarrierState::Done),
            ..
        }
    )
}

/// Identifies a request. All requests of a user under one key are the same request.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Request {
    /// A user's request with this key.
    Keyed(i64, String, i64),
    /// A request without a key, by the event of its invocation.
    Unkeyed(usize),
}

fn request(op: &ClientOp) -> Request {
    match &op.key {
        // Operations on two articles may share a key.
        Some(key) => {
            let (_, article) = LikeOperation::of_click(op).pair();
            Request::Keyed(op.client, key.clone(), article)
        }
        None => Request::Unkeyed(op.invoked),
    }
}

/// The part of an answer's body that the check reads.
#[derive(Deserialize)]
struct Answer {
    current_likes: i64,
}

fn reported(body: &str) -> Option<i64> {
    let Answer { current_likes } = serde_json::from_str(body).ok()?;
    Some(current_likes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples::*;
    use likewise_world::record::{Change, PropertyStatus};

    /// The status after a like that is answered with the count 1 while these commits happen.
    fn during(commits: &[&[Change]]) -> PropertyStatus {
        let run = sample(ReportedCount::default()).op_during(like_answered(), ARTICLE, commits);
        run.status(PROPERTY)
    }

    fn like(saga: u128, likes: i64) -> [Change; 2] {
        [step_new(saga, 0, 0, 1), count(1, likes)]
    }

    #[test]
    fn the_count_of_the_own_step_passes() {
        assert_eq!(during(&[&like(1, 1), &like(2, 2)]), PropertyStatus::Passed);
    }

    #[test]
    fn a_count_that_did_not_exist_is_a_violation() {
        assert_eq!(during(&[]), PropertyStatus::Violated);
        assert_eq!(during(&[&like(1, 2)]), PropertyStatus::Violated);
        let before = sample(ReportedCount::default())
            .commit(ARTICLE, &like(1, 1))
            .op(like_answered());
        assert_eq!(
            before.status(PROPERTY),
            PropertyStatus::Violated,
            "the count existed only before the request"
        );
    }

    /// A like and an unlike in one commit leave the count at 0, and the like may still report 1.
    #[test]
    fn each_step_of_a_batch_may_report_its_own_count() {
        let batch = [step_new(1, 0, 0, 1), step_new(2, 0, 0, -1), count(1, 0)];
        assert_eq!(during(&[&batch]), PropertyStatus::Passed);
    }
}
