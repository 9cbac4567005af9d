//! Recovery skips parked sagas, as if somebody else took care of them. After a restart nobody does.

use crate::likes::names::ARTICLE;
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
use crate::world::plan::{
    Action, CommitPoint, Fault, Host, MessageKind, MessagePoint, Operation, Plan,
};

pub(crate) const PLANTED_BUG: PlantedBug = PlantedBug {
    name: "parked-is-forgotten",
    about: "recovery passes over parked sagas: one that was parked before a restart never ends",
    caught_by: &["every-saga-ends", "likes-equal-records"],
    kit: || KitParts {
        log: |database| Arc::new(VariantLog(ParkedIsForgotten(SqlSagaLog::new(database)))),
        ..KitParts::default()
    },
    plan,
};

/// The article service is unreachable until the saga is parked. Then the coordinator restarts.
///
/// The compensation was parked with a task that goes on trying. The restart ends that task, and nobody starts another
/// one.
fn plan() -> Plan {
    let undo = MessagePoint::request(Host::COORDINATOR, ARTICLE, MessageKind::UNDO, 1);
    let cut_off = Fault::Partition {
        a: Host::COORDINATOR,
        b: ARTICLE,
        millis: 15_000,
    };
    let crash = Fault::Crash {
        host: Host::COORDINATOR,
        down_millis: 200,
    };
    let mut plan = Plan::new("")
        .with_operation(Operation::new(1, Action::Like, 1, 0))
        .with_fault(undo, cut_off)
        .with_fault(CommitPoint::after(Host::COORDINATOR, "saga-log", 3), crash);
    plan.blocked_users = vec![1];
    plan.timing.converge_within_millis = 30_000;
    plan
}

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
