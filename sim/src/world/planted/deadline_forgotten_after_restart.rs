//! Recovery forgets the deadline of a saga: after a restart it goes forward for as long as a service is away.

use crate::likes::names::{ARTICLE, USER};
use std::sync::Arc;

use async_trait::async_trait;
use likewise_saga::{
    id::SagaId,
    log::{SagaLog, SqlSagaLog, StatusFilter, StoredSaga},
    service::KitParts,
    store::{Page, StoreError},
    time::Timestamp,
};

use super::{
    PlantedBug,
    log_variant::{LogVariant, VariantLog},
};
use crate::world::plan::{
    Action, CommitPoint, Fault, Host, MessageKind, MessagePoint, Operation, Plan,
};

/// What recovery adds to a deadline, in microseconds: a day.
const FORGOTTEN: i64 = 86_400_000_000;

pub(crate) const PLANTED_BUG: PlantedBug = PlantedBug {
    name: "deadline-forgotten-after-restart",
    about: "a recovered saga has no deadline: it goes forward for as long as a service is away",
    caught_by: &["deadline-is-kept"],
    kit: || KitParts {
        log: |database| Arc::new(VariantLog(DeadlineForgotten(SqlSagaLog::new(database)))),
        ..KitParts::default()
    },
    plan,
};

/// The user service cannot be reached for longer than the deadline, and the coordinator restarts before it.
fn plan() -> Plan {
    let counting = MessagePoint::request(Host::COORDINATOR, ARTICLE, MessageKind::DO, 1);
    let cut_off = Fault::Partition {
        a: Host::COORDINATOR,
        b: USER,
        millis: 9_000,
    };
    let crash = Fault::Crash {
        host: Host::COORDINATOR,
        down_millis: 200,
    };
    Plan::new("")
        .with_operation(Operation::new(1, Action::Like, 1, 0))
        .with_fault(counting, cut_off)
        .with_fault(CommitPoint::after(ARTICLE, "steps", 1), crash)
}

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
