//! What the three databases hold, kept up to date from the row changes of every commit.

use std::collections::{BTreeMap, BTreeSet};

use likewise::barrier::BarrierState;
use serde::Deserialize;
use serde_json::Value;
use uuid::Uuid;

use crate::{
    plan::Host,
    record::{Change, ChangeOp, SagaCounts},
};

/// A like record.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
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
pub struct SagaMirror {
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

impl SagaMirror {
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
pub struct Mirror {
    /// Articles and their counts.
    pub counts: BTreeMap<i64, i64>,
    /// For each article, the sum of the deltas whose barrier rows are done.
    pub net: BTreeMap<i64, i64>,
    /// Barrier rows by service, saga and step.
    pub barrier: BTreeMap<(Host, Uuid, i64), BarrierState>,
    contributions: BTreeMap<(Uuid, i64), (i64, i64)>,
    /// Like records by identity.
    pub likes: BTreeMap<Uuid, LikeRow>,
    /// How many records a pair has.
    pub pairs: BTreeMap<(i64, i64), u32>,
    /// How many records an article has.
    pub records: BTreeMap<i64, i64>,
    /// The saga log.
    pub sagas: BTreeMap<Uuid, SagaMirror>,
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

#[derive(Deserialize)]
struct ArticleRow {
    id: i64,
    likes: i64,
}

#[derive(Deserialize)]
struct BarrierRow {
    saga: Uuid,
    step: i64,
    state: i64,
    kept: Option<String>,
}

#[derive(Deserialize)]
struct SagaRow {
    id: Uuid,
    args: String,
    request_key: Option<String>,
    status: i64,
    parked: i64,
    epoch: i64,
    outcome: Option<String>,
}

#[derive(Deserialize)]
struct ShardRow {
    epoch: i64,
}

impl Mirror {
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
        let of = |service| {
            self.barrier
                .range((service, saga, i64::MIN)..=(service, saga, i64::MAX))
        };
        let steps = of(Host::Article).chain(of(Host::User));
        steps
            .filter(|(_, state)| **state == BarrierState::Done)
            .count()
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
        let row = change.row.as_str();
        let delta = match change.table.as_str() {
            "articles" => serde_json::from_str(row).map(|row| self.article(&row)),
            "barrier" => serde_json::from_str(row).map(|row| self.barrier(host, change.op, &row)),
            "likes" => serde_json::from_str(row).map(|row| self.like(change.op, row)),
            "sagas" => serde_json::from_str(row).map(|row| self.saga(row)),
            "shards" => serde_json::from_str(row).map(|row: ShardRow| {
                let before = self.epoch.replace(row.epoch);
                if before.is_none_or(|before| before < row.epoch) {
                    self.holder = self.writer;
                }
                Some(Delta::Shard {
                    before,
                    after: row.epoch,
                })
            }),
            _ => Ok(None),
        };
        delta.unwrap_or_else(|error| {
            self.unreadable.insert(format!("{}: {error}", change.table));
            None
        })
    }

    fn article(&mut self, row: &ArticleRow) -> Option<Delta> {
        self.counts.insert(row.id, row.likes);
        Some(Delta::Count { article: row.id })
    }

    fn barrier(&mut self, service: Host, op: ChangeOp, row: &BarrierRow) -> Option<Delta> {
        let key = (service, row.saga, row.step);
        let before = self.barrier.get(&key).copied();
        let after = match op {
            ChangeOp::Delete => None,
            _ => BarrierState::of_code(row.state),
        };
        match after {
            Some(state) => self.barrier.insert(key, state),
            None => self.barrier.remove(&key),
        };
        if service == Host::Article {
            self.contribute(row, after);
        }
        Some(Delta::Barrier {
            service,
            saga: row.saga,
            step: row.step,
            before,
            after,
        })
    }

    /// Keeps the sum of the done deltas of each article.
    fn contribute(&mut self, row: &BarrierRow, after: Option<BarrierState>) {
        if let Some((article, delta)) = self.contributions.remove(&(row.saga, row.step)) {
            *self.net.entry(article).or_default() -= delta;
        }
        let kept = row
            .kept
            .as_ref()
            .filter(|_| after == Some(BarrierState::Done));
        let kept: Option<Value> = kept.and_then(|kept| serde_json::from_str(kept).ok());
        if let Some(kept) = kept
            && let (Some(article), Some(delta)) =
                (kept["article_id"].as_i64(), kept["delta"].as_i64())
        {
            *self.net.entry(article).or_default() += delta;
            self.contributions
                .insert((row.saga, row.step), (article, delta));
        }
    }

    fn like(&mut self, op: ChangeOp, row: LikeRow) -> Option<Delta> {
        let pair = (row.user_id, row.article_id);
        match op {
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
        }
    }

    fn saga(&mut self, row: SagaRow) -> Option<Delta> {
        let args: Value = serde_json::from_str(&row.args).unwrap_or_default();
        let before = self.sagas.remove(&row.id);
        let settled = match &before {
            Some(before) => before.settled,
            None => row.outcome.is_some(),
        };
        let after = SagaMirror {
            status: row.status,
            parked: row.parked != 0 || before.as_ref().is_some_and(|before| before.parked),
            epoch: row.epoch,
            recovered: before
                .as_ref()
                .is_some_and(|before| before.recovered || before.epoch != row.epoch),
            article: args["article_id"].as_i64().unwrap_or_default(),
            key: row.request_key,
            settled,
        };
        let was_open = before.as_ref().is_some_and(SagaMirror::is_open);
        *self.open.entry(after.article).or_default() +=
            i64::from(after.is_open()) - i64::from(was_open);
        let delta = Delta::Saga {
            saga: row.id,
            before: before.as_ref().map(|before| before.status),
            after: after.status,
            epochs: (before.map(|before| before.epoch), after.epoch),
        };
        self.sagas.insert(row.id, after);
        Some(delta)
    }
}
