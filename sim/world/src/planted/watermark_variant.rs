//! A store of retention watermarks that differs from the product's in one thing. Planted bugs of a participant's retention are made
//! from it.

use std::collections::BTreeSet;

use async_trait::async_trait;
use likewise_saga::{
    id::SagaId,
    participant::{Collected, Raised, SqlWatermarkStore, Watermark, WatermarkStore},
    store::{Database, StoreError},
};

/// What is different. Each default is the behaviour of the product.
#[async_trait]
pub(super) trait WatermarkVariant: Send + Sync {
    async fn raise(
        &self,
        database: &Database,
        watermark: Watermark,
    ) -> Result<Result<Raised, Watermark>, StoreError> {
        SqlWatermarkStore.raise(database, watermark).await
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

/// A store with that difference.
pub(super) struct VariantWatermarks<T>(pub(super) T);

#[async_trait]
impl<T: WatermarkVariant> WatermarkStore for VariantWatermarks<T> {
    async fn raise(
        &self,
        database: &Database,
        watermark: Watermark,
    ) -> Result<Result<Raised, Watermark>, StoreError> {
        self.0.raise(database, watermark).await
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
        self.0.collect(database, from, below, rows_max).await
    }
}
