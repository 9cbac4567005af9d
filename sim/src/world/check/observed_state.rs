//! The observed state: what the three databases hold, updated from the row changes of every commit.
//!
//! The checks read it, so they judge what the databases hold, and not what the services say. `durable.rs` compares it
//! with the databases when a service restarts.

use crate::likes::names::ARTICLE;
use likewise_saga::protocol::Status;
use std::collections::{BTreeMap, BTreeSet};

use indexmap::IndexMap;
use likewise_barrier::BarrierState;
use serde::Deserialize;
use uuid::Uuid;

use super::delta::{Delta, LikeRow, ObservedSaga};
use crate::world::{
    plan::Host,
    record::{Change, ChangeOp, Row, RowError, SagaCounts},
};

/// The observed state of the databases.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ObservedState {
    /// The counts by article.
    pub counts: BTreeMap<i64, i64>,
    /// The sum of the deltas of done barrier rows, by article.
    pub net: BTreeMap<i64, i64>,
    /// The barrier rows by service, saga and step.
    pub barrier: IndexMap<(Host, Uuid, i64), BarrierState>,
    /// The number of done steps by saga.
    /// Kept up to date with every row. Counting the rows of a saga at each commit would make a run quadratic.
    done: IndexMap<Uuid, usize>,
    /// What each done step of the article service adds to `net`: its article and its delta.
    contributions: IndexMap<(Uuid, i64), (i64, i64)>,
    /// The like records by id.
    pub likes: BTreeMap<Uuid, LikeRow>,
    /// The number of records by user and article.
    pub pairs: BTreeMap<(i64, i64), u32>,
    /// The number of records by article.
    pub records: BTreeMap<i64, i64>,
    /// The rows of the saga log.
    pub sagas: IndexMap<Uuid, ObservedSaga>,
    /// The number of open sagas by article.
    pub open: BTreeMap<i64, i64>,
    /// The epoch of the saga log.
    pub epoch: Option<i64>,
    /// The coordinator that raised the epoch last. It alone may write sagas.
    pub holder: Option<Host>,
    /// The host that committed last.
    pub writer: Option<Host>,
    /// Rows that could not be read: a defect of the checks.
    pub unreadable: BTreeSet<String>,
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

impl ObservedState {
    /// Applies the changes of a commit by a host. Returns them as the checks see them, in order.
    ///
    /// Replicas of a service share a database, so the rows belong to the first host. Which replica wrote them is in
    /// `writer`.
    pub fn apply(&mut self, host: Host, changes: &[Change]) -> Vec<Delta> {
        self.writer = Some(host);
        changes
            .iter()
            .filter_map(|change| self.change(host.first(), change))
            .collect()
    }

    /// The number of open sagas.
    #[must_use]
    pub fn open_sagas(&self) -> i64 {
        self.open.values().sum()
    }

    /// The number of done steps of a saga.
    #[must_use]
    pub fn done_steps(&self, saga: Uuid) -> usize {
        self.done.get(&saga).copied().unwrap_or(0)
    }

    /// The counts and records: the effects that repeats must not change.
    #[must_use]
    pub fn effects(&self) -> (&BTreeMap<i64, i64>, &BTreeMap<Uuid, LikeRow>) {
        (&self.counts, &self.likes)
    }

    /// The sagas by status.
    ///
    /// Sagas that were stored as ended are left out. They had nothing to do, and would hide how many were driven.
    #[must_use]
    pub fn saga_counts(&self) -> SagaCounts {
        let mut counts = SagaCounts::default();
        for saga in self.sagas.values().filter(|saga| !saga.settled) {
            match saga.status {
                Some(Status::Completed) => counts.completed += 1,
                Some(Status::Compensated) => counts.compensated += 1,
                _ => counts.open += 1,
            }
            counts.recovered += u64::from(saga.recovered);
            counts.parked += u64::from(saga.parked);
        }
        counts
    }

    /// A row that cannot be read must not end the run: it is collected, and the run reports it as a defect of the
    /// checks.
    fn change(&mut self, host: Host, change: &Change) -> Option<Delta> {
        let row = &change.row;
        let delta = match change.table.as_ref() {
            "articles" => self.article(row).map(Some),
            "barrier" => self.barrier(host, change.op, row).map(Some),
            "likes" => self.like(change.op, row),
            "sagas" => self.saga(row).map(Some),
            "shards" => self.shard(row).map(Some),
            _ => Ok(None),
        };
        delta.unwrap_or_else(|error| {
            self.unreadable.insert(format!("{}: {error}", change.table));
            None
        })
    }

    fn article(&mut self, row: &Row) -> Result<Delta, RowError> {
        let article = row.integer("id")?;
        self.counts.insert(article, row.integer("likes")?);
        Ok(Delta::Count { article })
    }

    fn shard(&mut self, row: &Row) -> Result<Delta, RowError> {
        let after = row.integer("epoch")?;
        let before = self.epoch.replace(after);
        if before.is_none_or(|before| before < after) {
            self.holder = self.writer;
        }
        Ok(Delta::Shard { before, after })
    }

    fn barrier(&mut self, service: Host, op: ChangeOp, row: &Row) -> Result<Delta, RowError> {
        let (saga, step) = (row.parse("saga")?, row.integer("step")?);
        let undo_data = row.text_or_null("kept")?;
        let key = (service, saga, step);
        let after = match op {
            ChangeOp::Delete => None,
            _ => BarrierState::of_code(row.integer("state")?),
        };
        let before = match after {
            Some(state) => self.barrier.insert(key, state),
            None => self.barrier.swap_remove(&key),
        };
        let done = self.done.entry(saga).or_default();
        *done += usize::from(after == Some(BarrierState::Done));
        *done -= usize::from(before == Some(BarrierState::Done));
        if service == ARTICLE {
            let undo_data = undo_data.filter(|_| after == Some(BarrierState::Done));
            self.contribute((saga, step), undo_data);
        }
        Ok(Delta::Barrier {
            service,
            saga,
            step,
            before,
            after,
        })
    }

    /// Updates the sum of the done deltas of an article. `kept` is the undo data of a step that is done.
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

    fn like(&mut self, op: ChangeOp, row: &Row) -> Result<Option<Delta>, RowError> {
        let row = LikeRow::of(row)?;
        let pair = (row.user_id, row.article_id);
        Ok(match op {
            ChangeOp::Insert => {
                *self.pairs.entry(pair).or_default() += 1;
                *self.records.entry(row.article_id).or_default() += 1;
                self.likes.insert(row.record_id, row.clone());
                Some(Delta::Liked(row))
            }
            ChangeOp::Delete => {
                *self.pairs.entry(pair).or_default() -= 1;
                *self.records.entry(row.article_id).or_default() -= 1;
                self.likes.remove(&row.record_id);
                Some(Delta::Unliked(row))
            }
            ChangeOp::Update => None,
        })
    }

    /// `parked` and `recovered` stay set: the summary counts the sagas to which that ever happened.
    fn saga(&mut self, row: &Row) -> Result<Delta, RowError> {
        let id: Uuid = row.parse("id")?;
        let status = Status::of_code(row.integer("status")?);
        let epoch = row.integer("epoch")?;
        let is_parked = row.integer("parked")? != 0;
        let args: Option<Args> = serde_json::from_str(row.text("args")?).ok();
        let key = row.text_or_null("request_key")?.map(str::to_owned);
        let has_outcome = row.text_or_null("outcome")?.is_some();
        let before = self.sagas.get(&id);
        let after = ObservedSaga {
            status,
            parked: is_parked || before.is_some_and(|before| before.parked),
            epoch,
            recovered: before.is_some_and(|before| before.recovered || before.epoch != epoch),
            article: args.map_or(0, |args| args.article_id),
            key,
            settled: before.map_or(has_outcome, |before| before.settled),
        };
        let was_open = before.is_some_and(ObservedSaga::is_open);
        *self.open.entry(after.article).or_default() +=
            i64::from(after.is_open()) - i64::from(was_open);
        let before = self.sagas.insert(id, after);
        Ok(Delta::Saga {
            saga: id,
            before: before.as_ref().and_then(|before| before.status),
            after: status,
            epochs: (before.map(|before| before.epoch), epoch),
        })
    }
}
