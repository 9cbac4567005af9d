//! A service deletes the barrier rows of a new watermark first, and then stores the watermark: what comes in between is new again.
//!
//! Both are one message, so the order looks unimportant. A process that is killed in between, or a late duplicate that arrives there,
//! shows that it is not.

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
    name: "delete-before-refuse",
    about: "a service deletes the rows below a new watermark before it stores the watermark: a late duplicate acts again",
    change: Change::Kit(|| KitParts {
        watermarks: Arc::new(VariantWatermarks(DeleteBeforeRefuse)),
        ..product()
    }),
};

static DELETE: Sql = Sql::sqlite_only("delete-early", "DELETE FROM barrier WHERE saga < $1");

struct DeleteBeforeRefuse;

#[async_trait]
impl WatermarkVariant for DeleteBeforeRefuse {
    async fn raise(
        &self,
        database: &Database,
        watermark: Watermark,
    ) -> Result<Result<Raised, Watermark>, StoreError> {
        let below = watermark.below.to_string();
        let delete = database.write("collect", move |tx| {
            let args = [below.into()];
            async move { tx.execute(&DELETE, args).await }.boxed()
        });
        delete.await?;
        SqlWatermarkStore.raise(database, watermark).await
    }
}
