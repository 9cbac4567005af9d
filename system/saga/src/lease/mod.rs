//! The lease of the saga log: which coordinator may write to the log.
//!
//! ```text
//!   holder   ── renew ──►  (epoch, renewals, holder)  ◄── read ──  standbys
//!            ── release ─►                            ◄── claim ──  after a lease without a change
//! ```
//!
//! The row holds no time, so the coordinators need no common clock. A standby watches the row by its own steady clock. If
//! epoch and renewals have not changed for a whole lease, it claims the log. The claim is a compare-and-set on the values that
//! it read: a renewal or another claim in between makes it fail.
//!
//! Safety depends on the epoch alone: a claim raises it, and the log refuses every write of the earlier holder, whatever that
//! holder's clock says. The lease only makes it rare that two coordinators work at one time.

use async_trait::async_trait;
use futures::FutureExt;

use crate::{
    id::Epoch,
    store::{Arg, Database, Row, Sql, StoreError, outlast_paused_transaction, sql},
};

static READ: Sql = sql!("lease_read");
static CLAIM: Sql = sql!("lease_claim");
static RENEW: Sql = sql!("lease_renew");
static RELEASE: Sql = sql!("lease_release");

/// The row of the lease.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeaseRow {
    /// The fencing token. Every takeover raises it.
    pub epoch: Epoch,
    /// The number of renewals.
    pub renewals: i64,
    /// The advertised address of the holder. `None` if no coordinator holds the lease.
    pub holder: Option<String>,
}

/// Access to the lease of the saga log.
#[async_trait]
pub trait LogLease: Send + Sync {
    /// Reads the row. The snapshot is not older than the call.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn read(&self) -> Result<LeaseRow, StoreError>;

    /// Takes the log over if epoch and renewals still equal those in `seen`. Returns the raised epoch, or `None` if the row
    /// has changed.
    ///
    /// # Errors
    /// [`StoreError`]. If its effect is unknown, the epoch may have been raised: then no coordinator works under it, and the
    /// log is claimed again after a whole lease.
    async fn claim(&self, seen: &LeaseRow, holder: &str) -> Result<Option<Epoch>, StoreError>;

    /// Renews the lease. Returns `false` if another coordinator took over.
    ///
    /// # Errors
    /// [`StoreError`]. If its effect is unknown, the lease may have been renewed, which is harmless.
    async fn renew(&self, epoch: Epoch) -> Result<bool, StoreError>;

    /// Releases the lease, so that a standby can claim it at once. Returns `false` if another coordinator took over.
    ///
    /// # Errors
    /// [`StoreError`]. The standbys then wait for a whole lease.
    async fn release(&self, epoch: Epoch) -> Result<bool, StoreError>;
}

/// The lease in the coordinator's database.
pub struct SqlLogLease {
    database: Database,
}

impl SqlLogLease {
    /// The lease in this database.
    #[must_use]
    pub fn new(database: Database) -> Self {
        Self { database }
    }

    /// Runs a statement that changes the row. Returns the number that the statement returns, or `None` if no row matched.
    async fn change<const N: usize>(
        &self,
        name: &'static str,
        statement: &'static Sql,
        args: [Arg; N],
    ) -> Result<Option<i64>, StoreError> {
        let rows = self
            .database
            .write(name, move |tx| {
                async move { tx.rows(statement, args).await }.boxed()
            })
            .await?;
        rows.first().map(|row| row.int(0)).transpose()
    }
}

#[async_trait]
impl LogLease for SqlLogLease {
    async fn read(&self) -> Result<LeaseRow, StoreError> {
        let rows = self.database.query("read-shard", &READ, []).await?;
        rows.first()
            .map(row)
            .transpose()?
            .ok_or_else(|| StoreError::Invariant("the log has no lease row".to_owned()))
    }

    async fn claim(&self, seen: &LeaseRow, holder: &str) -> Result<Option<Epoch>, StoreError> {
        let args: [Arg; 3] = [
            seen.epoch.0.into(),
            seen.renewals.into(),
            holder.to_owned().into(),
        ];
        let claim = || self.change("claim-shard", &CLAIM, args.clone());
        let claimed = outlast_paused_transaction(claim).await?;
        Ok(claimed.map(Epoch))
    }

    async fn renew(&self, epoch: Epoch) -> Result<bool, StoreError> {
        let renewed = self.change("renew-shard", &RENEW, [epoch.0.into()]).await?;
        Ok(renewed.is_some())
    }

    async fn release(&self, epoch: Epoch) -> Result<bool, StoreError> {
        let args = [epoch.0.into()];
        let released = self.change("release-shard", &RELEASE, args).await?;
        Ok(released.is_some())
    }
}

fn row(row: &Row) -> Result<LeaseRow, StoreError> {
    Ok(LeaseRow {
        epoch: Epoch(row.int(0)?),
        renewals: row.int(1)?,
        holder: row.opt_text(2)?.map(str::to_owned),
    })
}
