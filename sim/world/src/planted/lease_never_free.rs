//! A standby takes each read of the lease for a renewal: it never claims the lease of a leader that died.

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

use super::{Change, KitBug, product};

/// The bug.
pub const BUG: KitBug = KitBug {
    name: "lease-never-free",
    about: "a standby takes each read of the lease for a renewal, and never takes over from a leader that died",
    change: Change::Kit(|| KitParts {
        log_lease: |database| {
            Arc::new(LeaseNeverFree {
                lease: SqlLogLease::new(database),
                reads: AtomicI64::new(0),
            })
        },
        ..product()
    }),
};

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
