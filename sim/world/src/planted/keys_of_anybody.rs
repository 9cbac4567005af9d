//! An idempotency key is looked up without the scope of its client: two clients that choose the same text meet.
//!
//! Many clients number their requests, so equal texts are common. The second client is told that its key was used with another
//! request, or gets the answer of the first one.

use std::sync::Arc;

use async_trait::async_trait;
use likewise_saga::{
    id::SagaId,
    log::{SagaLog, SqlSagaLog, StoredSaga},
    service::KitParts,
    store::{Database, Sql, StoreError},
};

use super::{
    Change, KitBug,
    log_variant::{LogVariant, VariantLog},
    product, product_log,
};

/// The bug.
pub const BUG: KitBug = KitBug {
    name: "keys-of-anybody",
    about: "a key is looked up without its client: two clients that choose the same text meet",
    change: Change::Kit(|| KitParts {
        log: |database| {
            Arc::new(VariantLog(KeysOfAnybody {
                log: product_log(database.clone()),
                database,
            }))
        },
        ..product()
    }),
};

static FIND_ANY: Sql = Sql {
    name: "find-key-of-anybody",
    sqlite: "SELECT id FROM sagas WHERE request_key LIKE '%' || $1 ORDER BY created_at, id LIMIT 1",
    postgres: "SELECT id FROM sagas WHERE request_key LIKE '%' || $1 ORDER BY created_at, id LIMIT 1",
};

struct KeysOfAnybody {
    log: SqlSagaLog,
    database: Database,
}

#[async_trait]
impl LogVariant for KeysOfAnybody {
    fn log(&self) -> &SqlSagaLog {
        &self.log
    }

    async fn find_by_key(&self, request_key: &str) -> Result<Option<StoredSaga>, StoreError> {
        // The key itself has letters, digits and hyphens; what stands before it is its client.
        let is_of_key = |character: char| character.is_ascii_alphanumeric() || character == '-';
        let own = request_key.rsplit(|character| !is_of_key(character)).next();
        let args = [own.unwrap_or_default().to_owned().into()];
        let rows = self.database.query(FIND_ANY.name, &FIND_ANY, args).await?;
        match rows.first() {
            None => Ok(None),
            Some(row) => self.log.find(SagaId(row.uuid(0)?)).await,
        }
    }
}
