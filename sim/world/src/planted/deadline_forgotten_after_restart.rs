//! Recovery forgets the deadline of a saga: after a restart it goes forward for as long as a service is away.

use super::{Change, KitBug, product, product_log};
use std::sync::Arc;

use async_trait::async_trait;
use likewise_saga::{
    id::SagaId,
    log::{SagaLog, SqlSagaLog, StatusFilter, StoredSaga},
    service::KitParts,
    store::{Page, StoreError},
    time::Timestamp,
};

use super::log_variant::{LogVariant, VariantLog};

/// What recovery adds to a deadline, in microseconds: a day.
const FORGOTTEN: i64 = 86_400_000_000;

/// The bug.
pub const BUG: KitBug = KitBug {
    name: "deadline-forgotten-after-restart",
    about: "a recovered saga has no deadline: it goes forward for as long as a service is away",
    change: Change::Kit(|| KitParts {
        log: |database| Arc::new(VariantLog(DeadlineForgotten(product_log(database)))),
        ..product()
    }),
};

struct DeadlineForgotten(SqlSagaLog);

#[async_trait]
impl LogVariant for DeadlineForgotten {
    fn log(&self) -> &SqlSagaLog {
        &self.0
    }

    async fn list(
        &self,
        filter: StatusFilter,
        page: Page<SagaId>,
    ) -> Result<Vec<StoredSaga>, StoreError> {
        let mut found = self.0.list(filter, page).await?;
        for saga in found.iter_mut().flatten() {
            saga.deadline_at = Timestamp(saga.deadline_at.0 + FORGOTTEN);
        }
        Ok(found)
    }
}
