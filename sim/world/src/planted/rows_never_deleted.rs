//! A service refuses what is below the watermark and deletes nothing: its barrier grows for ever.

use std::{collections::BTreeSet, sync::Arc};

use async_trait::async_trait;
use likewise_saga::{
    id::SagaId,
    participant::{Collected, Raised, SqlWatermarkStore, Watermark, WatermarkStore},
    service::KitParts,
    store::{Database, StoreError},
};

use super::{Change, KitBug, product};

/// The bug.
pub const BUG: KitBug = KitBug {
    name: "rows-never-deleted",
    about: "a service refuses what is below the watermark and deletes nothing: its barrier grows for ever",
    change: Change::Kit(|| KitParts {
        watermarks: Arc::new(NeverDeletes),
        ..product()
    }),
};

struct NeverDeletes;

#[async_trait]
impl WatermarkStore for NeverDeletes {
    async fn raise(
        &self,
        database: &Database,
        watermark: Watermark,
    ) -> Result<Result<Raised, Watermark>, StoreError> {
        SqlWatermarkStore.raise(database, watermark).await
    }

    async fn open_transactions(&self, database: &Database) -> Result<BTreeSet<String>, StoreError> {
        SqlWatermarkStore.open_transactions(database).await
    }

    async fn collect(
        &self,
        _: &Database,
        _: SagaId,
        _: SagaId,
        _: u32,
    ) -> Result<Collected, StoreError> {
        Ok(Collected {
            rows: 0,
            next: None,
        })
    }
}
