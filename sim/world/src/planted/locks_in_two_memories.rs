//! The locks of open sagas are in memory, but in two memories: each of two writers of one leader knows only the sagas that it started.
//!
//! It is what becomes of the product's log if somebody gives it a second writer to make it faster.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use async_trait::async_trait;
use likewise_saga::{
    id::{Epoch, SagaId},
    log::{LogEntry, LogError, LogReply, SagaLog, SqlSagaLog},
    service::KitParts,
    store::StoreError,
    time::Timestamp,
};

use super::{
    Change, KitBug,
    log_variant::{LogVariant, VariantLog},
    product, product_log,
};

/// The bug.
pub const BUG: KitBug = KitBug {
    name: "locks-in-two-memories",
    about: "the leader has two writers, and each knows the locks of its own sagas alone: two sagas are open under one lock",
    change: Change::Kit(|| KitParts {
        log: |database| {
            Arc::new(VariantLog(TwoWriters {
                first: product_log(database.clone()),
                second: product_log(database),
                started: Mutex::default(),
            }))
        },
        ..product()
    }),
};

struct TwoWriters {
    first: SqlSagaLog,
    second: SqlSagaLog,
    /// Whether the second writer has started a saga. The first one has those that were recovered.
    started: Mutex<BTreeMap<SagaId, bool>>,
}

impl TwoWriters {
    /// Whether an entry is the second writer's. They start sagas in turn.
    fn is_seconds(&self, entry: &LogEntry) -> bool {
        let mut started = self.started.lock().unwrap_or_else(PoisonError::into_inner);
        match entry {
            LogEntry::Start(new) => {
                let is_seconds = started.len() % 2 == 1;
                *started.entry(new.id).or_insert(is_seconds)
            }
            LogEntry::StatusChange(change) => started.get(&change.saga).copied().unwrap_or(false),
        }
    }
}

#[async_trait]
impl LogVariant for TwoWriters {
    fn log(&self) -> &SqlSagaLog {
        &self.first
    }

    /// The second writer reads the open sagas at once, with an empty batch. The first one does so when it begins.
    async fn take_over(&self) -> Result<Epoch, StoreError> {
        let epoch = self.first.take_over().await?;
        // If it fails, it reads them later.
        let _ = self.second.append(epoch, Timestamp(0), &[]).await;
        Ok(epoch)
    }

    async fn append(
        &self,
        epoch: Epoch,
        now: Timestamp,
        entries: &[LogEntry],
    ) -> Result<Vec<LogReply>, LogError> {
        let are_seconds: Vec<bool> = entries.iter().map(|entry| self.is_seconds(entry)).collect();
        let of = |seconds: bool| -> Vec<LogEntry> {
            let own = entries.iter().zip(&are_seconds);
            let own = own.filter(|(_, is_seconds)| **is_seconds == seconds);
            own.map(|(entry, _)| entry.clone()).collect()
        };
        let (of_first, of_second) = (of(false), of(true));
        let mut second = Vec::new().into_iter();
        if !of_second.is_empty() {
            second = self
                .second
                .append(epoch, now, &of_second)
                .await?
                .into_iter();
        }
        let mut first = Vec::new().into_iter();
        // An empty batch proves the epoch.
        if !of_first.is_empty() || of_second.is_empty() {
            first = self.first.append(epoch, now, &of_first).await?.into_iter();
        }
        let reply = |is_seconds: &bool| match is_seconds {
            true => second.next(),
            false => first.next(),
        };
        Ok(are_seconds.iter().filter_map(reply).collect())
    }
}
