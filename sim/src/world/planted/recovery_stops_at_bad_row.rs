//! Recovery gives up at the first row that it cannot read: no saga is taken up, and no like is accepted.

use std::sync::Arc;

use async_trait::async_trait;
use likewise_saga::{
    id::SagaId,
    log::{SagaLog, SqlSagaLog, StatusFilter, StoredSaga},
    service::KitParts,
    store::{Page, StoreError},
};

use super::{
    PlantedBug,
    log_variant::{LogVariant, VariantLog},
};
use crate::world::plan::{Action, CommitPoint, Fault, Host, Operation, Plan, SagaColumn};

pub(crate) const PLANTED_BUG: PlantedBug = PlantedBug {
    name: "recovery-stops-at-bad-row",
    about: "recovery stops at the first row that cannot be read: one damaged row stops every like",
    caught_by: &["bad-row-stops-no-other"],
    kit: || KitParts {
        log: |database| Arc::new(VariantLog(StopsAtBadRow(SqlSagaLog::new(database)))),
        ..KitParts::default()
    },
    plan,
};

/// The coordinator is killed after it has committed a saga, and the row is damaged while it is down. A like of another user
/// follows.
fn plan() -> Plan {
    let damaged = Fault::UnreadableRow {
        host: Host::COORDINATOR,
        column: SagaColumn::Args,
        down_millis: 500,
    };
    Plan::new("")
        .with_operation(Operation::new(1, Action::Like, 1, 0))
        .with_operation(Operation::new(2, Action::Like, 1, 6_000))
        .with_fault(
            CommitPoint::after(Host::COORDINATOR, "saga-log", 1),
            damaged,
        )
}

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
