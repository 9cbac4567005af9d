//! Idempotency keys are forgotten by the clock: a repeat under an old key is a new request.
//!
//! Clocks jump, and clients retry late. The product forgets keys by a clock that counts how long some coordinator led.

use super::{Change, KitBug, product, product_log};
use std::sync::Arc;

use async_trait::async_trait;
use futures::FutureExt;
use likewise_saga::{
    id::Epoch,
    log::{LogEntry, LogError, LogReply, SagaLog, SqlSagaLog},
    service::KitParts,
    store::{Database, Sql},
    time::Timestamp,
};

use super::log_variant::{LogVariant, VariantLog};

/// How long a key is remembered, in microseconds.
const KEPT_MICROS: i64 = 30_000_000;

/// The bug.
pub const BUG: KitBug = KitBug {
    name: "keys-by-clock",
    about: "idempotency keys are forgotten by the clock, which jumps: a repeat is treated as a new operation",
    change: Change::Kit(|| KitParts {
        log: |database| {
            Arc::new(VariantLog(KeysByClock {
                log: product_log(database.clone()),
                database,
            }))
        },
        ..product()
    }),
};

static FORGET: Sql = Sql {
    name: "forget-keys",
    sqlite: "UPDATE sagas SET request_key = NULL WHERE created_at < $1
        AND EXISTS (SELECT 1 FROM saga_changes AS c WHERE c.saga = sagas.id AND c.to_status IN (1, 3))",
    postgres: "UPDATE sagas SET request_key = NULL WHERE created_at < $1
        AND EXISTS (SELECT 1 FROM saga_changes AS c WHERE c.saga = sagas.id AND c.to_status IN (1, 3))",
};

struct KeysByClock {
    log: SqlSagaLog,
    database: Database,
}

#[async_trait]
impl LogVariant for KeysByClock {
    fn log(&self) -> &SqlSagaLog {
        &self.log
    }

    async fn append(
        &self,
        epoch: Epoch,
        now: Timestamp,
        entries: &[LogEntry],
    ) -> Result<Vec<LogReply>, LogError> {
        let replies = self.log.append(epoch, now, entries).await?;
        let before = now.0.saturating_sub(KEPT_MICROS);
        let forget = self.database.write("forget-keys", move |tx| {
            async move { tx.execute(&FORGET, [before.into()]).await }.boxed()
        });
        // A failure is harmless: the next append tries again.
        let _ = forget.await;
        Ok(replies)
    }
}
