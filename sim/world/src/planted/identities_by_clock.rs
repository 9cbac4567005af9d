//! A new leader makes identities by its clock alone: after a clock that jumped back, they are lower than those in the log.
//!
//! Identities that are ordered by time look as if they only rose. A clock that is set back, or that of another machine, shows that
//! they do not.

use std::sync::Arc;

use async_trait::async_trait;
use likewise_saga::{
    log::{LogHead, SagaLog, SqlSagaLog},
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
    name: "identities-by-clock",
    about: "a new leader does not read the newest identity in the log: after its clock jumped back, identities fall",
    change: Change::Kit(|| KitParts {
        log: |database| Arc::new(VariantLog(IdentitiesByClock(product_log(database)))),
        ..product()
    }),
};

struct IdentitiesByClock(SqlSagaLog);

#[async_trait]
impl LogVariant for IdentitiesByClock {
    fn log(&self) -> &SqlSagaLog {
        &self.0
    }

    async fn head(&self) -> Result<LogHead, StoreError> {
        Ok(LogHead {
            newest: None,
            ..self.0.head().await?
        })
    }
}
