//! The stream of a saga's events shows what the saga is, and not what led to it.
//!
//! It is how a stream is often written at first: look at the row now and then, and tell what is different. What happened between two
//! looks, or while the client was away, is left out.

use std::sync::Arc;

use async_trait::async_trait;
use likewise_saga::{
    id::SagaId,
    log::{ChangeKind, LoggedChange, SagaLog, SqlSagaLog},
    service::KitParts,
    store::StoreError,
};

use super::{
    Change, KitBug,
    log_variant::{LogVariant, VariantLog},
    product, product_log,
};

/// The bug.
pub const BUG: KitBug = KitBug {
    name: "stream-shows-state",
    about: "a client that follows a saga is told what it is now: changes between two looks are left out",
    change: Change::Kit(|| KitParts {
        log: |database| Arc::new(VariantLog(StreamShowsState(product_log(database)))),
        ..product()
    }),
};

struct StreamShowsState(SqlSagaLog);

#[async_trait]
impl LogVariant for StreamShowsState {
    fn log(&self) -> &SqlSagaLog {
        &self.0
    }

    async fn history(&self, saga: SagaId) -> Result<Vec<LoggedChange>, StoreError> {
        let mut history = self.0.history(saga).await?;
        let last = history.last().map(|change| change.place);
        history.retain(|change| change.kind() == ChangeKind::Started || Some(change.place) == last);
        Ok(history)
    }
}
