//! One writing transaction, on either engine.
//!
//! A statement that fails ends its transaction. Hot-path writes for SQLite therefore use `OR ROLLBACK`: SQLite then keeps
//! no statement journal, which would copy every page that the statement changes in order to undo that statement alone.

use super::{
    batch::Batch,
    error::StoreError,
    postgres::transaction::PostgresTx,
    row::{Outcome, Row},
    sqlite::connection::SqliteConnection,
    statement::{Arg, Insert, Sql, Statement},
};

/// An open transaction. Dropping it without a commit rolls it back.
pub struct Tx<'c>(pub(crate) TxEngine<'c>, Tally);

/// What the barrier did in a transaction, in numbers. They say something only after its commit.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// Actions whose effect is in the transaction.
    pub applied: usize,
    /// Actions that a business rule refused.
    pub refused: usize,
    /// Steps whose effect was taken back.
    pub compensated: usize,
}

/// The engine of a transaction.
pub(crate) enum TxEngine<'c> {
    Sqlite(&'c mut SqliteConnection),
    Postgres(PostgresTx<'c>),
}

impl<'c> From<&'c mut SqliteConnection> for Tx<'c> {
    /// Wraps a transaction or a savepoint that the caller has begun and will end.
    fn from(connection: &'c mut SqliteConnection) -> Self {
        Self::new(TxEngine::Sqlite(connection))
    }
}

/// Which rows of a batch an [`Insert`] inserted.
pub enum Inserted {
    /// All of them.
    All,
    /// Those with these keys.
    Only(Vec<Row>),
}

impl<'c> Tx<'c> {
    pub(super) fn new(engine: TxEngine<'c>) -> Self {
        Self(engine, Tally::default())
    }

    /// What the barrier did so far.
    #[must_use]
    pub fn tally(&self) -> Tally {
        self.1
    }

    pub(crate) fn tally_mut(&mut self) -> &mut Tally {
        &mut self.1
    }
}

impl Tx<'_> {
    /// Runs a statement and returns its rows.
    ///
    /// # Errors
    /// The engine's. Afterwards the transaction can only be rolled back.
    pub async fn rows<const N: usize>(
        &mut self,
        sql: &'static Sql,
        args: [Arg; N],
    ) -> Result<Vec<Row>, StoreError> {
        Ok(self.run(sql.with(args)).await?.rows)
    }

    /// Runs a statement and returns how many rows it changed.
    ///
    /// # Errors
    /// The engine's. Afterwards the transaction can only be rolled back.
    pub async fn execute<const N: usize>(
        &mut self,
        sql: &'static Sql,
        args: [Arg; N],
    ) -> Result<u64, StoreError> {
        Ok(self.run(sql.with(args)).await?.changed)
    }

    /// Runs a statement. On SQLite the call blocks and never yields.
    ///
    /// # Errors
    /// The engine's. Afterwards the transaction can only be rolled back.
    pub async fn run(&mut self, statement: Statement) -> Result<Outcome, StoreError> {
        match &mut self.0 {
            TxEngine::Sqlite(connection) => Ok(connection.run(statement)?),
            TxEngine::Postgres(tx) => Ok(tx.run(statement).await?),
        }
    }

    /// Lets the rest of the transaction wait only shortly for what another one has locked. On SQLite a transaction waits
    /// for no other, so nothing changes.
    ///
    /// # Errors
    /// The engine's. Afterwards the transaction can only be rolled back.
    pub async fn wait_shortly_for_locks(&mut self) -> Result<(), StoreError> {
        match &mut self.0 {
            TxEngine::Sqlite(_) => Ok(()),
            TxEngine::Postgres(tx) => Ok(tx.wait_shortly_for_locks().await?),
        }
    }

    /// Finds out which rows an insert inserted, from its outcome. `wanted` is the number of rows of its batch, and `keys`
    /// makes the batch of their keys. No other insert may have run since.
    ///
    /// Rows are rarely skipped, so SQLite selects the inserted ones only then: returning every row costs it as much as
    /// inserting it.
    ///
    /// # Errors
    /// The engine's. Afterwards the transaction can only be rolled back.
    pub async fn inserted(
        &mut self,
        insert: &'static Insert,
        outcome: Outcome,
        wanted: usize,
        keys: impl FnOnce() -> Batch,
    ) -> Result<Inserted, StoreError> {
        if u64::try_from(wanted) == Ok(outcome.changed) {
            return Ok(Inserted::All);
        }
        let rows = match (outcome.last_row_id, outcome.changed) {
            (None, _) => outcome.rows,
            (Some(_), 0) => Vec::new(),
            // SQLite numbers the new rows of a table one after another.
            (Some(last), inserted) => {
                let before = last.saturating_sub(i64::try_from(inserted).unwrap_or(i64::MAX));
                let args = [keys().into(), before.into()];
                self.rows(&insert.inserted, args).await?
            }
        };
        Ok(Inserted::Only(rows))
    }
}
