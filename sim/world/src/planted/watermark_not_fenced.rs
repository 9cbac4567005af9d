//! A service stores every watermark that is published, also one that is older than its own: a late message, or a former leader, sets
//! it back.

use std::sync::Arc;

use async_trait::async_trait;
use futures::FutureExt;
use likewise_saga::{
    participant::{Raised, SqlWatermarkStore, Watermark, WatermarkStore},
    service::KitParts,
    store::{Database, Sql, StoreError},
};

use super::{
    Change, KitBug, product,
    watermark_variant::{VariantWatermarks, WatermarkVariant},
};

/// The bug.
pub const BUG: KitBug = KitBug {
    name: "watermark-not-fenced",
    about: "a service stores every watermark that reaches it: a late publication sets it back",
    change: Change::Kit(|| KitParts {
        watermarks: Arc::new(VariantWatermarks(NotFenced)),
        ..product()
    }),
};

static STORE_ANY: Sql = Sql::sqlite_only(
    "store-any-watermark",
    "UPDATE barrier_watermarks SET below = $1, epoch = $2",
);

struct NotFenced;

#[async_trait]
impl WatermarkVariant for NotFenced {
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
}
