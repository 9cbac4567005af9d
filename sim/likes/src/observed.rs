//! What the databases of the likes hold: counts, like records, and what sagas and barrier rows say of them.
//!
//! It is the likes' part of the observed state. The invariants of likes read it, and what a commit changed in it.

use std::collections::BTreeMap;

use indexmap::IndexMap;
use likewise_barrier::BarrierState;
use likewise_saga::protocol::Status;
use serde::Deserialize;
use uuid::Uuid;

use super::names::ARTICLE;
use likewise_world::{
    check::{Delta, SystemState, row_difference},
    plan::Host,
    record::{Change, ChangeOp, Row, RowError},
};

/// The likes' part of the observed state.
#[derive(Debug, Clone, Default)]
pub(crate) struct LikesState {
    /// The counts by article.
    pub(super) counts: BTreeMap<i64, i64>,
    /// The sum of the deltas of done barrier rows, by article.
    pub(super) net: BTreeMap<i64, i64>,
    /// What each done step of the article service adds to `net`: its article and its delta.
    contributions: IndexMap<(Uuid, i64), (i64, i64)>,
    /// The article of each saga.
    articles: IndexMap<Uuid, i64>,
    /// The like records by id.
    records: BTreeMap<Uuid, LikeRow>,
    /// The number of records by user and article.
    pub(super) pairs: BTreeMap<(i64, i64), u32>,
    /// The number of records by article.
    pub(super) record_counts: BTreeMap<i64, i64>,
    /// The number of open sagas by article.
    pub(super) open: BTreeMap<i64, i64>,
    /// What the last commit changed. Invariants read it at every commit, so the vector is used again and again.
    changes: Vec<LikesChange>,
}

/// A like record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct LikeRow {
    /// Its id.
    pub(super) record_id: Uuid,
    /// The user.
    pub(super) user_id: i64,
    /// The article.
    pub(super) article_id: i64,
    /// When it was made, in microseconds since 1970.
    created_at: i64,
}

/// What a commit changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LikesChange {
    /// The count of this article was written.
    Count(i64),
    /// A like record was inserted.
    Liked(LikeRow),
    /// A like record was deleted.
    Unliked(LikeRow),
    /// A saga about this article was written.
    Saga(i64),
}

/// The undo data of a step of the article service.
#[derive(Deserialize)]
struct UndoData {
    article_id: i64,
    delta: i64,
}

/// The arguments of a saga, as far as the checks need them.
#[derive(Deserialize)]
struct Args {
    article_id: i64,
}

impl LikesState {
    /// What the last commit changed, in order.
    pub(super) fn changes(&self) -> &[LikesChange] {
        &self.changes
    }

    fn article(&mut self, row: &Row) -> Result<LikesChange, RowError> {
        let article = row.integer("id")?;
        self.counts.insert(article, row.integer("likes")?);
        Ok(LikesChange::Count(article))
    }

    /// An update of a record is no change for the checks: no statement makes one.
    fn record(&mut self, op: ChangeOp, row: &Row) -> Result<Option<LikesChange>, RowError> {
        let row = LikeRow::of(row)?;
        let pair = (row.user_id, row.article_id);
        Ok(match op {
            ChangeOp::Insert => {
                *self.pairs.entry(pair).or_default() += 1;
                *self.record_counts.entry(row.article_id).or_default() += 1;
                self.records.insert(row.record_id, row);
                Some(LikesChange::Liked(row))
            }
            ChangeOp::Delete => {
                *self.pairs.entry(pair).or_default() -= 1;
                *self.record_counts.entry(row.article_id).or_default() -= 1;
                self.records.remove(&row.record_id);
                Some(LikesChange::Unliked(row))
            }
            ChangeOp::Update => None,
        })
    }

    /// Updates the sum of the done deltas of an article. `undo_data` is that of a step that is done.
    fn contribute(&mut self, step: (Uuid, i64), undo_data: Option<&str>) {
        if let Some((article, delta)) = self.contributions.swap_remove(&step) {
            *self.net.entry(article).or_default() -= delta;
        }
        let undo_data: Option<UndoData> =
            undo_data.and_then(|undo_data| serde_json::from_str(undo_data).ok());
        if let Some(UndoData { article_id, delta }) = undo_data {
            *self.net.entry(article_id).or_default() += delta;
            self.contributions.insert(step, (article_id, delta));
        }
    }

    /// The article of a saga, from its arguments when it starts.
    fn article_of(&mut self, saga: Uuid, row: &Row) -> Result<i64, RowError> {
        if let Some(article) = self.articles.get(&saga) {
            return Ok(*article);
        }
        let args: Option<Args> = serde_json::from_str(row.text("args")?).ok();
        let article = args.map_or(0, |args| args.article_id);
        self.articles.insert(saga, article);
        Ok(article)
    }

    fn saga(&mut self, before: Option<Status>, after: Option<Status>, article: i64) {
        let is_open = |status: Option<Status>| status.is_some_and(Status::is_open);
        *self.open.entry(article).or_default() +=
            i64::from(is_open(after)) - i64::from(is_open(before));
        self.changes.push(LikesChange::Saga(article));
    }
}

impl SystemState for LikesState {
    fn commit_begins(&mut self) {
        self.changes.clear();
    }

    fn own_row_changed(&mut self, _: Host, change: &Change) -> Result<(), RowError> {
        let change = match change.table.as_ref() {
            "articles" => Some(self.article(&change.row)?),
            "likes" => self.record(change.op, &change.row)?,
            _ => None,
        };
        self.changes.extend(change);
        Ok(())
    }

    fn saga_row_changed(&mut self, delta: &Delta, row: &Row) -> Result<(), RowError> {
        match delta {
            Delta::Barrier {
                service: ARTICLE,
                saga,
                step,
                after,
                ..
            } => {
                let undo_data = row.text_or_null("kept")?;
                let undo_data = undo_data.filter(|_| *after == Some(BarrierState::Done));
                self.contribute((*saga, *step), undo_data);
            }
            Delta::Saga {
                saga,
                before,
                after,
                ..
            } => {
                let article = self.article_of(*saga, row)?;
                self.saga(*before, *after, article);
            }
            _ => {}
        }
        Ok(())
    }

    /// Counts first: they are fewer, and a wrong count is easier to understand than a wrong number of records.
    fn effect_change(&self, after: &dyn SystemState) -> Option<String> {
        let after: &Self = after.of_type();
        let mut counts = after.counts.iter();
        let changed = counts.find(|(article, likes)| self.counts.get(article) != Some(likes));
        if let Some((article, likes)) = changed {
            let old = self.counts.get(article).copied().unwrap_or(0);
            return Some(format!(
                "article {article} went from {old} to {likes} likes"
            ));
        }
        let is_equal = self.counts.len() == after.counts.len() && self.records == after.records;
        (!is_equal).then(|| {
            let (before, after) = (self.records.len(), after.records.len());
            format!("there were {before} records and now there are {after}")
        })
    }

    fn lost_row(&self, _: Host, table: &str, found: &dyn SystemState) -> Option<String> {
        let found: &Self = found.of_type();
        match table {
            "articles" => row_difference("count", &self.counts, &found.counts),
            "likes" => row_difference("record", &self.records, &found.records),
            _ => None,
        }
    }

    fn copy(&self) -> Box<dyn SystemState> {
        Box::new(self.clone())
    }
}

impl LikeRow {
    fn of(row: &Row) -> Result<Self, RowError> {
        Ok(Self {
            record_id: row.parse("record_id")?,
            user_id: row.integer("user_id")?,
            article_id: row.integer("article_id")?,
            created_at: row.integer("created_at")?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        LIKES,
        names::{ARTICLE_SERVICE, USER, USER_SERVICE},
        samples::*,
    };
    use likewise_world::{
        System, check::ObservedState, plan::Name, record::PropertyStatus, testing::Sample,
    };

    fn status(service: Name, known: &[Change], found: &[Change]) -> PropertyStatus {
        let (system, host): (&dyn System, _) = (&LIKES, Host::first_of(service));
        let tables = system.service(service).unwrap().tables;
        let run = Sample::of_system(&LIKES, Vec::new()).commit(host, known);
        let mut properties = system.properties().into_iter();
        let durable = properties.find(|it| it.name == "committed-stays");
        run.reopen(host, tables, found).status(durable.unwrap())
    }

    #[test]
    fn counts_and_records_that_are_found_again_are_fine() {
        let article = [count(1, 1), step_new(1, 0, 0, 1)];
        let found = status(ARTICLE_SERVICE, &article, &article);
        assert_eq!(found, PropertyStatus::Passed);
        let user = [step_new(1, 1, 0, 0), liked(1)];
        assert_eq!(status(USER_SERVICE, &user, &user), PropertyStatus::Passed);
    }

    #[test]
    fn a_count_or_a_record_that_a_service_lost_is_a_violation() {
        let lost = status(ARTICLE_SERVICE, &[count(1, 2)], &[count(1, 1)]);
        assert_eq!(lost, PropertyStatus::Violated);
        for (known, found) in [(vec![liked(1)], vec![]), (vec![], vec![liked(1)])] {
            let lost = status(USER_SERVICE, &known, &found);
            assert_eq!(lost, PropertyStatus::Violated);
        }
    }

    /// A change that stayed would be judged again at each later commit.
    #[test]
    fn the_changes_are_those_of_the_last_commit() {
        let mut observed = ObservedState::new(&LIKES);
        for article in [1, 2] {
            observed.apply(ARTICLE, &[count(article, 1)]);
            let likes: &LikesState = observed.own();
            assert_eq!(likes.changes(), [LikesChange::Count(article)]);
        }
    }

    #[test]
    fn another_count_and_another_record_are_changed_effects() {
        let observed = |changes: &[Change]| {
            let mut observed = ObservedState::new(&LIKES);
            observed.apply(USER, changes);
            observed
        };
        let before = observed(&[count(1, 1), liked(1)]);
        let change = |changes: &[Change]| before.effect_change(&observed(changes));
        assert_eq!(change(&[count(1, 1), liked(1), saga(1, 0, 1)]), None);
        let cases = [
            (count(1, 2), "article 1 went from 1 to 2 likes"),
            (count(1, 1), "there were 1 records and now there are 0"),
        ];
        for (found, words) in cases {
            assert_eq!(change(&[found]).unwrap(), words);
        }
    }
}
