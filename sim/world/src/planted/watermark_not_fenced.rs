//! A service stores every watermark that is published, also one that is older than its own: a late message, or a former leader, sets
//! it back.

use std::{collections::BTreeSet, sync::Arc};

use async_trait::async_trait;
use futures::FutureExt;
use likewise_saga::{
    id::SagaId,
    participant::{Collected, Raised, SqlWatermarkStore, Watermark, WatermarkStore},
    service::KitParts,
    store::{Database, Sql, StoreError},
};

use super::{Change, KitBug, product};

/// The bug.
pub const BUG: KitBug = KitBug {
    name: "watermark-not-fenced",
    about: "a service stores every watermark that reaches it: a late publication sets it back",
    change: Change::Kit(|| KitParts {
        watermarks: Arc::new(NotFenced),
        ..product()
    }),
};

static STORE_ANY: Sql = Sql::sqlite_only(
    "store-any-watermark",
    "UPDATE barrier_watermarks SET below = $1, epoch = $2",
);

struct NotFenced;

#[async_trait]
impl WatermarkStore for NotFenced {
    async fn raise(
        &self,
        database: &Database,
        watermark: Watermark,
    ) -> Result<Result<Raised, Watermark>, StoreError> {
        let raised = SqlWatermarkStore.raise(database, watermark).await?;
        if raised.is_ok() {
            return Ok(raised);
        }
        let (below, epoch) = (watermark.below.to_string(), watermark.epoch.0);
        let store = database.write("raise-watermark", move |tx| {
            let args = [below.into(), epoch.into()];
            async move { tx.execute(&STORE_ANY, args).await }.boxed()
        });
        store.await?;
        let (stored, before) = (watermark, None);
        Ok(Ok(Raised { stored, before }))
    }

    async fn open_transactions(&self, database: &Database) -> Result<BTreeSet<String>, StoreError> {
        SqlWatermarkStore.open_transactions(database).await
    }

    async fn collect(
        &self,
        database: &Database,
        from: SagaId,
        below: SagaId,
        rows_max: u32,
    ) -> Result<Collected, StoreError> {
        SqlWatermarkStore
            .collect(database, from, below, rows_max)
            .await
    }
}
