//! The product's kit, as the simulator runs it.

use std::sync::Arc;

use likewise_saga::{log::SqlSagaLog, service::KitParts, store::Database};

/// The number of ends after which the saga log writes its watermark: few, so that most runs write some.
const MARK_EVERY: u32 = 4;

/// The parts of the product. A planted bug replaces one of them.
#[must_use]
pub fn product() -> KitParts {
    KitParts {
        log: |database| Arc::new(product_log(database)),
        ..KitParts::default()
    }
}

/// The product's saga log.
pub(crate) fn product_log(database: Database) -> SqlSagaLog {
    SqlSagaLog::new(database).mark_every(MARK_EVERY)
}
