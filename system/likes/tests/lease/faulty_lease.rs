//! A lease whose renewals and claims can be made to fail.
//!
//! A holder whose renewals fail cannot know whether it still holds the saga log. These faults bring it into that
//! state while its process lives on.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use async_trait::async_trait;
use likewise_saga::{
    id::Epoch,
    lease::{LeaseRow, LogLease, SqlLogLease},
    store::{Database, StoreError},
};
use tokio::sync::{Mutex, MutexGuard};

/// The faults of every [`FaultyLease`]. Static, because `KitParts::log_lease` is a plain function.
///
/// One test at a time uses it: the tests of both engines may run in one process.
pub static LEASE_FAULTS: LeaseFaults = LeaseFaults {
    in_use: Mutex::const_new(()),
    renewals_fail: AtomicBool::new(false),
    claims_fail: AtomicBool::new(false),
};

pub struct LeaseFaults {
    in_use: Mutex<()>,
    pub renewals_fail: AtomicBool,
    pub claims_fail: AtomicBool,
}

impl LeaseFaults {
    /// Waits for other tests, and starts without faults.
    pub async fn lock(&self) -> MutexGuard<'_, ()> {
        let guard = self.in_use.lock().await;
        self.renewals_fail.store(false, Ordering::SeqCst);
        self.claims_fail.store(false, Ordering::SeqCst);
        guard
    }
}

/// A lease with the faults of [`LEASE_FAULTS`].
pub struct FaultyLease(SqlLogLease);

impl FaultyLease {
    pub fn over(database: Database) -> Arc<dyn LogLease> {
        Arc::new(Self(SqlLogLease::new(database)))
    }
}

#[async_trait]
impl LogLease for FaultyLease {
    async fn read(&self) -> Result<LeaseRow, StoreError> {
        self.0.read().await
    }

    async fn claim(&self, seen: &LeaseRow, holder: &str) -> Result<Option<Epoch>, StoreError> {
        match LEASE_FAULTS.claims_fail.load(Ordering::SeqCst) {
            false => self.0.claim(seen, holder).await,
            true => Err(StoreError::Exhausted),
        }
    }

    async fn renew(&self, epoch: Epoch) -> Result<bool, StoreError> {
        match LEASE_FAULTS.renewals_fail.load(Ordering::SeqCst) {
            false => self.0.renew(epoch).await,
            true => Err(StoreError::Exhausted),
        }
    }

    async fn release(&self, epoch: Epoch) -> Result<bool, StoreError> {
        self.0.release(epoch).await
    }
}
