//! Recovery gives up at the first row that it cannot read: no saga is taken up, and no operation is accepted.

use std::sync::Arc;

use async_trait::async_trait;
use likewise_saga::{
    id::SagaId,
    log::{SagaLog, SqlSagaLog, StatusFilter, StoredSaga},
    service::KitParts,
    store::{Page, StoreError},
};

use super::log_variant::{LogVariant, VariantLog};
use super::{Change, KitBug, product, product_log};

/// The bug.
pub const BUG: KitBug = KitBug {
    name: "recovery-stops-at-bad-row",
    about: "recovery stops at the first row that cannot be read: one damaged row stops every operation",
    change: Change::Kit(|| KitParts {
        log: |database| Arc::new(VariantLog(StopsAtBadRow(product_log(database)))),
        ..product()
    }),
};

struct StopsAtBadRow(SqlSagaLog);

#[async_trait]
impl LogVariant for StopsAtBadRow {
    fn log(&self) -> &SqlSagaLog {
        &self.0
    }

    async fn list(
        &self,
        filter: StatusFilter,
        page: Page<SagaId>,
    ) -> Result<Vec<StoredSaga>, StoreError> {
        let rows = self.0.list(filter, page).await?;
        match rows.iter().find_map(|stored| stored.as_ref().err()) {
            Some(unreadable) => Err(StoreError::Invariant(unreadable.to_string())),
            None => Ok(rows),
        }
    }
}
