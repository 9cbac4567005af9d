//! Recovery skips parked sagas, as if somebody else took care of them. After a restart nobody does.

use super::{Change, KitBug, product, product_log};
use std::sync::Arc;

use async_trait::async_trait;
use likewise_saga::{
    id::SagaId,
    log::{SagaLog, SqlSagaLog, StatusFilter, StoredSaga},
    service::KitParts,
    store::{Page, StoreError},
};

use super::log_variant::{LogVariant, VariantLog};

/// The bug.
pub const BUG: KitBug = KitBug {
    name: "parked-is-forgotten",
    about: "recovery passes over parked sagas: one that was parked before a restart never ends",
    change: Change::Kit(|| KitParts {
        log: |database| Arc::new(VariantLog(ParkedIsForgotten(product_log(database)))),
        ..product()
    }),
};

struct ParkedIsForgotten(SqlSagaLog);

#[async_trait]
impl LogVariant for ParkedIsForgotten {
    fn log(&self) -> &SqlSagaLog {
        &self.0
    }

    async fn list(
        &self,
        filter: StatusFilter,
        page: Page<SagaId>,
    ) -> Result<Vec<StoredSaga>, StoreError> {
        let mut rows = self.0.list(filter, page).await?;
        let is_parked = |stored: &StoredSaga| stored.as_ref().is_ok_and(|row| row.parked);
        rows.retain(|stored| filter != StatusFilter::Pending || !is_parked(stored));
        Ok(rows)
    }
}
