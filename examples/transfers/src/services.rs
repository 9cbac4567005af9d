//! The services: `accounts` and `checks` change amounts, which are never negative, and `notices` tells the owner of an account about a
//! credit.
//!
//! At `accounts` an amount is the `balance` of an account. At `checks` it is what an account may still pay, its `limit`, or what
//! it may still get, its `risk`. A blocked account has no risk left. An amount is what it was opened with and what was `added`,
//! without what was `taken`.

use async_trait::async_trait;
use likewise_barrier::sql::{SQLITE_TABLE, SQLITE_WATERMARK_TABLE};
use likewise_saga::{
    participant::{SingleEffect, Verdict},
    protocol::{Document, StepKey},
    store::{Migration, Sql, StoreError, Tx},
};
use serde::{Deserialize, Serialize};

const AMOUNTS: Migration = Migration::sqlite_only(
    "amounts",
    "CREATE TABLE amounts (account INTEGER, name TEXT, opening INTEGER NOT NULL, taken INTEGER NOT NULL,
     added INTEGER NOT NULL, PRIMARY KEY (account, name))",
);
/// No unique constraint on the saga: only the barrier keeps a notice from being sent twice, and the checks show that it does.
const NOTICES: Migration = Migration::sqlite_only(
    "notices",
    "CREATE TABLE notices (notice INTEGER PRIMARY KEY, saga TEXT NOT NULL, account INTEGER NOT NULL)",
);
const BARRIER: Migration = Migration::sqlite_only("the barrier", SQLITE_TABLE);
const WATERMARK: Migration = Migration::sqlite_only("the watermark", SQLITE_WATERMARK_TABLE);
pub(crate) const OF_AMOUNTS: &[Migration] = &[AMOUNTS, BARRIER, WATERMARK];
pub(crate) const OF_NOTICES: &[Migration] = &[NOTICES, BARRIER, WATERMARK];

/// Opens an amount, or changes what it was opened with.
pub(crate) static OPEN: Sql = Sql::sqlite_only(
    "open",
    "INSERT INTO amounts VALUES ($1, $2, $3, 0, 0)
     ON CONFLICT (account, name) DO UPDATE SET opening = excluded.opening",
);
static CHANGE: Sql = Sql::sqlite_only(
    "change",
    "UPDATE amounts SET taken = taken - min($3, 0), added = added + max($3, 0)
     WHERE account = $1 AND name = $2 AND opening + added - taken + $3 >= 0",
);
pub(crate) static TAKE_BACK: Sql = Sql::sqlite_only(
    "take-back",
    "UPDATE amounts SET taken = taken + min($3, 0), added = added - max($3, 0)
     WHERE account = $1 AND name = $2",
);
pub(crate) static NOTE: Sql = Sql::sqlite_only(
    "note",
    "INSERT INTO notices (saga, account) VALUES ($1, $2)",
);

/// The arguments of a step, and its undo data: a delta, never an amount.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct Entry {
    pub(crate) account: i64,
    pub(crate) name: String,
    pub(crate) cents: i64,
}

/// Changes amounts as far as they go, and takes changes back with this statement.
pub(crate) struct Amounts(pub(crate) &'static Sql);

#[async_trait]
impl SingleEffect for Amounts {
    type Args = Entry;
    type UndoData = Entry;

    async fn act(&self, tx: &mut Tx<'_>, _: StepKey, args: Entry) -> Result<Verdict, StoreError> {
        let undo_data = Document::of(&args);
        Ok(verdict(change(tx, &CHANGE, args).await?, undo_data))
    }

    async fn compensate(&self, tx: &mut Tx<'_>, done: Entry) -> Result<(), StoreError> {
        change(tx, self.0, done).await.map(drop)
    }
}

async fn change(tx: &mut Tx<'_>, sql: &'static Sql, entry: Entry) -> Result<u64, StoreError> {
    let args = [entry.account.into(), entry.name.into(), entry.cents.into()];
    tx.execute(sql, args).await
}

/// A statement that changed no row refuses its step.
fn verdict(changed: u64, undo_data: Document) -> Verdict {
    let (result, code) = (Document::default(), "too_little");
    match changed {
        0 => Verdict::Refused { code },
        _ => Verdict::Done { result, undo_data },
    }
}

/// Writes notices with this statement. Their step comes after the pivot, so it never refuses and has no compensation.
pub(crate) struct Notices(pub(crate) &'static Sql);

#[async_trait]
impl SingleEffect for Notices {
    type Args = Entry;
    type UndoData = ();

    async fn act(&self, tx: &mut Tx<'_>, step: StepKey, it: Entry) -> Result<Verdict, StoreError> {
        let args = [step.saga.to_string().into(), it.account.into()];
        let noted = tx.execute(self.0, args).await?;
        Ok(verdict(noted, Document::default()))
    }

    async fn compensate(&self, _: &mut Tx<'_>, (): ()) -> Result<(), StoreError> {
        let why = "a notice cannot be taken back";
        Err(StoreError::Invariant(why.to_owned()))
    }
}
