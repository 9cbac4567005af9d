//! Batch statements over like records, inside the barrier's transaction.

use std::collections::{BTreeMap, BTreeSet};

use likewise_saga::{
    store::{Batch, Insert, Inserted as InsertedRows, Row, Sql, StoreError, Tx, insert, sql},
    time::Timestamp,
};

use super::{Pair, UserLikeRecord};
use crate::id::{ArticleId, RecordId, UserId};

static INSERT: Insert = insert!("like_insert");
static BLOCKED: Sql = sql!("like_blocked");
static DELETE_PAIR: Sql = sql!("like_delete_pair");
static DELETE_RECORD: Sql = sql!("like_delete_record");
static RESTORE: Sql = sql!("like_restore");

/// What an insert of a batch of records did.
#[derive(Default)]
pub(super) struct Inserted {
    /// The records that were inserted.
    pub(super) records: BTreeSet<RecordId>,
    /// The users who are blocked. Only read if a record was not inserted.
    pub(super) blocked: BTreeSet<UserId>,
}

/// Inserts records, except those of blocked users and those of a user and article that has one.
pub(super) async fn insert(
    tx: &mut Tx<'_>,
    likes: &[UserLikeRecord],
) -> Result<Inserted, StoreError> {
    let mut inserted = Inserted::default();
    if likes.is_empty() {
        return Ok(inserted);
    }
    let batch = of_records(likes);
    let outcome = tx.run(INSERT.sql.with([batch.clone().into()])).await?;
    let all = || Batch::default().uuids("record_id", likes.iter().map(|like| like.id.0));
    match tx.inserted(&INSERT, outcome, likes.len(), all).await? {
        InsertedRows::All => inserted.records.extend(likes.iter().map(|like| like.id)),
        InsertedRows::Only(rows) => {
            for row in rows {
                inserted.records.insert(RecordId(row.uuid(0)?));
            }
        }
    }
    if inserted.records.len() < likes.len() {
        for row in tx.rows(&BLOCKED, [batch.into()]).await? {
            inserted.blocked.insert(UserId(row.int(0)?));
        }
    }
    Ok(inserted)
}

/// Removes the records of these users and articles. Returns those that existed.
pub(super) async fn remove(
    tx: &mut Tx<'_>,
    unlikes: &[Pair],
) -> Result<BTreeMap<Pair, UserLikeRecord>, StoreError> {
    if unlikes.is_empty() {
        return Ok(BTreeMap::new());
    }
    let rows = tx.rows(&DELETE_PAIR, [of_pairs(unlikes).into()]).await?;
    let records = rows.iter().map(read_record);
    records
        .map(|record| record.map(|record| (record.pair(), record)))
        .collect()
}

/// Deletes exactly these records, by identity. Returns how many existed.
pub(super) async fn delete(
    tx: &mut Tx<'_>,
    records: &[UserLikeRecord],
) -> Result<usize, StoreError> {
    execute(tx, &DELETE_RECORD, records).await
}

/// Inserts exactly these records again. Returns how many were inserted.
pub(super) async fn restore(
    tx: &mut Tx<'_>,
    records: &[UserLikeRecord],
) -> Result<usize, StoreError> {
    execute(tx, &RESTORE, records).await
}

async fn execute(
    tx: &mut Tx<'_>,
    statement: &'static Sql,
    records: &[UserLikeRecord],
) -> Result<usize, StoreError> {
    if records.is_empty() {
        return Ok(0);
    }
    let rows = tx.execute(statement, [of_records(records).into()]).await?;
    Ok(usize::try_from(rows).unwrap_or(usize::MAX))
}

/// Reads the columns record, user, article, time.
pub(super) fn read_record(row: &Row) -> Result<UserLikeRecord, StoreError> {
    Ok(UserLikeRecord {
        id: RecordId(row.uuid(0)?),
        user_id: UserId(row.int(1)?),
        article_id: ArticleId(row.int(2)?),
        created_at: Timestamp(row.int(3)?),
    })
}

/// The argument of a statement over records.
pub(super) fn of_records(records: &[UserLikeRecord]) -> Batch {
    Batch::default()
        .uuids("record_id", records.iter().map(|record| record.id.0))
        .ints("user_id", records.iter().map(|record| record.user_id.0))
        .ints(
            "article_id",
            records.iter().map(|record| record.article_id.0),
        )
        .ints(
            "created_at",
            records.iter().map(|record| record.created_at.0),
        )
}

/// The argument of a statement over users and articles.
pub(super) fn of_pairs(pairs: &[Pair]) -> Batch {
    Batch::default()
        .ints("user_id", pairs.iter().map(|pair| pair.user_id.0))
        .ints("article_id", pairs.iter().map(|pair| pair.article_id.0))
}
