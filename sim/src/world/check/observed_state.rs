//! What the three databases hold, kept up to date from the row changes of every commit.

use std::collections::{BTreeMap, BTreeSet};

use indexmap::IndexMap;
use likewise_barrier::BarrierState;
use serde::Deserialize;
use uuid::Uuid;

use crate::world::{
    plan::Host,
    record::{Change, ChangeOp, Row, RowError, SagaCounts},
};

/// A like record.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct LikeRow {
    /// Its identity.
    pub record_id: Uuid,
    /// Who.
    pub user_id: i64,
    /// What.
    pub article_id: i64,
    /// Since when.
    pub created_at: i64,
}

/// A row of the saga log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObservedSaga {
    /// 0 running, 1 completed, 2 compensating, 3 compensated.
    pub status: i64,
    /// Whether it was ever parked.
    pub parked: bool,
    /// Who wrote it last.
    pub epoch: i64,
    /// Whether another epoch than the last wrote it before.
    pub recovered: bool,
    /// Which article it is about.
    pub article: i64,
    /// Its client's key.
    pub key: Option<String>,
    /// Whether it was stored as settled from the start: it never had steps.
    pub settled: bool,
}

impl ObservedSaga {
    /// Whether there is work left.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.status == 0 || self.status == 2
    }
}

/// One change, in the terms of the checks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Delta {
    /// An article's count is this now.
    Count {
        /// Which.
        article: i64,
    },
    /// A barrier row moved.
    Barrier {
        /// In whose database.
        service: Host,
        /// Of which saga.
        saga: Uuid,
        /// And step.
        step: i64,
        /// From this state; nothing if it is new.
        before: Option<BarrierState>,
        /// To this one; nothing if it was deleted or cannot be read.
        after: Option<BarrierState>,
    },
    /// A record was made.
    Liked(LikeRow),
    /// A record was removed.
    Unliked(LikeRow),
    /// A saga's row is new or changed.
    Saga {
        /// Which.
        saga: Uuid,
        /// Its status before.
        before: Option<i64>,
        /// Its status now.
        after: i64,
        /// The epoch before and now.
        epochs: (Option<i64>, i64),
    },
    /// The shard's epoch changed.
    Shard {
        /// From this.
        before: Option<i64>,
        /// To this.
        after: i64,
    },
}

/// What the databases hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ObservedState {
    /// Articles and their counts.
    pub counts: BTreeMap<i64, i64>,
    /// For each article, the sum of the deltas whose barrier rows are done.
    pub net: BTreeMap<i64, i64>,
    /// Barrier rows by service, saga and step.
    pub barrier: IndexMap<(Host, Uuid, i64), BarrierState>,
    /// How many steps of each saga are done.
    done: IndexMap<Uuid, usize>,
    contributions: IndexMap<(Uuid, i64), (i64, i64)>,
    /// Like records by identity.
    pub likes: BTreeMap<Uuid, LikeRow>,
    /// How many records a pair has.
    pub pairs: BTreeMap<(i64, i64), u32>,
    /// How many records an article has.
    pub records: BTreeMap<i64, i64>,
    /// The saga log.
    pub sagas: IndexMap<Uuid, ObservedSaga>,
    /// How many sagas are open on an article.
    pub open: BTreeMap<i64, i64>,
    /// The shard's epoch.
    pub epoch: Option<i64>,
    /// The machine of the coordinator that raised it last: it alone may write sagas.
    pub holder: Option<Host>,
    /// The machine whose commit was the last.
    pub writer: Option<Host>,
    /// What could not be read: a defect of the checks.
    pub unreadable: BTreeSet<String>,
}

/// What a step of the article service keeps for its compensation.
#[derive(Deserialize)]
struct Kept {
    article_id: i64,
    delta: i64,
}

/// A saga's arguments.
#[derive(Deserialize)]
struct Args {
    article_id: i64,
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

impl ObservedState {
    /// Applies a commit's changes. Returns them in the terms of the checks, in order.
    pub fn apply(&mut self, host: Host, changes: &[Change]) -> Vec<Delta> {
        self.writer = Some(host);
        changes
            .iter()
            .filter_map(|change| self.change(host.first(), change))
            .collect()
    }

    /// How many sagas are open.
    #[must_use]
    pub fn open_sagas(&self) -> i64 {
        self.open.values().sum()
    }

    /// How many steps of a saga are done.
    #[must_use]
    pub fn done_steps(&self, saga: Uuid) -> usize {
        self.done.get(&saga).copied().unwrap_or(0)
    }

    /// The effect of everything: what repeats must not change.
    #[must_use]
    pub fn effects(&self) -> (&BTreeMap<i64, i64>, &BTreeMap<Uuid, LikeRow>) {
        (&self.counts, &self.likes)
    }

    /// How the sagas stand.
    #[must_use]
    pub fn saga_counts(&self) -> SagaCounts {
        let mut counts = SagaCounts::default();
        for saga in self.sagas.values().filter(|saga| !saga.settled) {
            match saga.status {
                1 => counts.completed += 1,
                3 => counts.compensated += 1,
                _ => counts.open += 1,
            }
            counts.recovered += u64::from(saga.recovered);
            counts.parked += u64::from(saga.parked);
        }
        counts
    }

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
        let kept = row.text_or_null("kept")?;
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
        if service == Host::Article {
            let kept = kept.filter(|_| after == Some(BarrierState::Done));
            self.contribute((saga, step), kept);
        }
        Ok(Delta::Barrier {
            service,
            saga,
            step,
            before,
            after,
        })
    }

    /// Keeps the sum of the done deltas of each article; `kept` is that of a step that is done.
    fn contribute(&mut self, step: (Uuid, i64), kept: Option<&str>) {
        if let Some((article, delta)) = self.contributions.swap_remove(&step) {
            *self.net.entry(article).or_default() -= delta;
        }
        let kept: Option<Kept> = kept.and_then(|kept| serde_json::from_str(kept).ok());
        if let Some(Kept { article_id, delta }) = kept {
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

    fn saga(&mut self, row: &Row) -> Result<Delta, RowError> {
        let id: Uuid = row.parse("id")?;
        let (status, epoch) = (row.integer("status")?, row.integer("epoch")?);
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
            before: before.as_ref().map(|before| before.status),
            after: status,
            epochs: (before.map(|before| before.epoch), epoch),
        })
    }
}
