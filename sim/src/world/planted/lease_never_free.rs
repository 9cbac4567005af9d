//! A standby takes each read of the lease for a renewal: it never claims the lease of a leader that died.

use crate::likes::names::ARTICLE;
use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use async_trait::async_trait;
use likewise_saga::{
    id::Epoch,
    lease::{LeaseRow, LogLease, SqlLogLease},
    service::KitParts,
    store::StoreError,
};

use super::PlantedBug;
use crate::world::plan::{Action, CommitPoint, Fault, Host, Name, Operation, Plan, Topology};

pub(crate) const PLANTED_BUG: PlantedBug = PlantedBug {
    name: "lease-never-free",
    about: "a standby takes each read of the lease for a renewal, and never takes over from a leader that died",
    caught_by: &["takes-over-within-bound", "heals-within-bound"],
    kit: || KitParts {
        log_lease: |database| {
            Arc::new(LeaseNeverFree {
                lease: SqlLogLease::new(database),
                reads: AtomicI64::new(0),
            })
        },
        ..KitParts::default()
    },
    plan,
};

/// The leader dies in the middle of a saga.
fn plan() -> Plan {
    let crash = Fault::Crash {
        host: Host::COORDINATOR,
        down_millis: 10_000,
    };
    let mut plan = Plan::new("")
        .with_operation(Operation::new(1, Action::Like, 1, 0))
        .with_fault(CommitPoint::after(ARTICLE, "steps", 1), crash);
    plan.topology = Topology::default().with(Name::COORDINATOR, 2);
    plan
}

struct LeaseNeverFree {
    lease: SqlLogLease,
    reads: AtomicI64,
}

#[async_trait]
impl LogLease for LeaseNeverFree {
    async fn read(&self) -> Result<LeaseRow, StoreError> {
        let mut row = self.lease.read().await?;
        // A lease that nobody holds is claimed with what was read.
        if row.holder.is_some() {
            row.renewals += self.reads.fetch_add(1, Ordering::Relaxed);
        }
        Ok(row)
    }

    async fn claim(&self, seen: &LeaseRow, holder: &str) -> Result<Option<Epoch>, StoreError> {
        self.lease.claim(seen, holder).await
    }

    async fn renew(&self, epoch: Epoch) -> Result<bool, StoreError> {
        self.lease.renew(epoch).await
    }

    async fn release(&self, epoch: Epoch) -> Result<bool, StoreError> {
        self.lease.release(epoch).await
    }
}
