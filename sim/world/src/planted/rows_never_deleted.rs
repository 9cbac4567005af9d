//! A service refuses what is below the watermark and deletes nothing: its barrier grows for ever.

use std::sync::Arc;

use async_trait::async_trait;
use likewise_saga::{
    id::SagaId,
    participant::Collected,
    service::KitParts,
    store::{Database, StoreError},
};

use super::{
    Change, KitBug, product,
    watermark_variant::{VariantWatermarks, WatermarkVariant},
};

/// The bug.
pub const BUG: KitBug = KitBug {
    name: "rows-never-deleted",
    about: "a service refuses what is below the watermark and deletes nothing: its barrier grows for ever",
    change: Change::Kit(|| KitParts {
        watermarks: Arc::new(VariantWatermarks(NeverDeletes)),
        ..product()
    }),
};

struct NeverDeletes;

#[async_trait]
impl WatermarkVariant for NeverDeletes {
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
