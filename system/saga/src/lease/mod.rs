//! The shard: whose the saga log is now, and the lease that says how long the others leave it alone.
//!
//! ```text
//!   holder   ── renew ──►  (epoch, renewals, holder)  ◄── read ──  standbys
//!            ── release ─►                            ◄── claim ──  when it stood still
//! ```
//!
//! No row holds a time. A standby sees with its own clock that nothing changed, and its claim
//! says what it saw: a renewal or another claim in between makes it void. Whoever had the shard
//! before is fenced by the epoch, whatever its clock says.

use async_trait::async_trait;
use futures::FutureExt;

use crate::{
    id::Epoch,
    store::{Arg, Database, Row, Sql, StoreError, sql},
};

static READ: Sql = sql!("lease_read");
static CLAIM: Sql = sql!("lease_claim");
static RENEW: Sql = sql!("lease_renew");
static RELEASE: Sql = sql!("lease_release");

/// The shard's row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeaseRow {
    /// Raised by every takeover.
    pub epoch: Epoch,
    /// Raised by every renewal.
    pub renewals: i64,
    /// Where its holder is reached; nothing, if nobody holds it by a lease.
    pub holder: Option<String>,
}

/// Who holds the saga log.
#[async_trait]
pub trait LogLease: Send + Sync {
    /// Reads the row, in a snapshot that is not older than the call.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn read(&self) -> Result<LeaseRow, StoreError>;

    /// Takes the shard over, if its epoch and its renewals are still those that were seen.
    /// Returns the raised epoch; nothing, if somebody was quicker.
    ///
    /// # Errors
    /// [`StoreError`]; if it is in doubt, the epoch may have been raised: then nobody holds the
    /// shard, and it stands still until it is claimed anew.
    async fn claim(&self, seen: &LeaseRow, holder: &str) -> Result<Option<Epoch>, StoreError>;

    /// Tells the others that the holder lives. False, if somebody took the shard over.
    ///
    /// # Errors
    /// [`StoreError`]; if it is in doubt, it may have been renewed, which harms nobody.
    async fn renew(&self, epoch: Epoch) -> Result<bool, StoreError>;

    /// Gives the shard up, so that the next one need not wait. False, if it was taken over before.
    ///
    /// # Errors
    /// [`StoreError`]; the others then wait for the whole lease.
    async fn release(&self, epoch: Epoch) -> Result<bool, StoreError>;
}

/// The shard in the coordinator's database.
pub struct SqlLogLease {
    database: Database,
}

impl SqlLogLease {
    /// The shard in this database.
    #[must_use]
    pub fn new(database: Database) -> Self {
        Self { database }
    }

    /// Runs one statement that changes the row, and returns what it returns.
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
            .ok_or_else(|| StoreError::Broken("the shard has no row".to_owned()))
    }

    async fn claim(&self, seen: &LeaseRow, holder: &str) -> Result<Option<Epoch>, StoreError> {
        let args = [
            seen.epoch.0.into(),
            seen.renewals.into(),
            holder.to_owned().into(),
        ];
        let claimed = self.change("claim-shard", &CLAIM, args).await?;
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
