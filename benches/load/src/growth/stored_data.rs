//! How much data a system stores before it is measured, and in which tables.

use crate::databases::Databases;

/// The statements that multiply a table's first row. `{uuid}` is an id made from the number `n`; `{numbers}` is a table of
/// such numbers.
const LIKES: &str = "INSERT INTO likes (record_id, user_id, article_id, created_at)
     SELECT {uuid}, n * {user_step} + 1, 1 + n % {articles}, t.created_at
     FROM {numbers}, (SELECT * FROM likes LIMIT 1) AS t";
const BARRIER: &str =
    "INSERT INTO barrier (saga, step, state, fingerprint, result, kept, created_at)
     SELECT {uuid}, t.step, t.state, t.fingerprint, t.result, t.kept, t.created_at
     FROM {numbers}, (SELECT * FROM barrier LIMIT 1) AS t";
const SAGAS: &str = "INSERT INTO sagas (id, kind, args, subject, request_key, fingerprint, epoch, shard, created_at, deadline_at)
     SELECT {uuid}, t.kind, t.args, t.subject, NULL, t.fingerprint, t.epoch, t.shard, t.created_at, t.deadline_at
     FROM {numbers}, (SELECT * FROM sagas ORDER BY id DESC LIMIT 1) AS t";
/// The ends of those sagas, which are older than all others. Twenty end in each transaction.
const SAGA_ENDS: &str = "INSERT INTO saga_changes (saga, epoch, position, changed_at, shard, from_status, to_status, parked,
                               steps, outcome)
     SELECT s.id, t.epoch, ({from} + row_number() OVER (ORDER BY s.id)) / 20, t.changed_at, t.shard, t.from_status, t.to_status,
            t.parked, t.steps, t.outcome
     FROM (SELECT id FROM sagas ORDER BY id LIMIT {upto} - {from} + 1 OFFSET {from}) AS s,
          (SELECT * FROM saga_changes WHERE to_status = 1 ORDER BY saga DESC LIMIT 1) AS t";

/// The amount of data to store before a measurement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct StoredData {
    /// Likes, each with its record and two barrier rows.
    pub(super) likes: u64,
    /// Finished sagas.
    pub(super) sagas: u64,
}

impl StoredData {
    /// The number of rows of one table.
    pub(super) fn rows(self, table: Table) -> u64 {
        match table {
            Table::Sagas | Table::SagaEnds => self.sagas,
            Table::Likes | Table::UserBarrier | Table::ArticleBarrier => self.likes,
        }
    }

    /// The number of rows of all tables together.
    pub(super) fn all_rows(self) -> u64 {
        Table::ALL.map(|table| self.rows(table)).iter().sum()
    }
}

/// A table that grows with every like.
#[derive(Debug, Clone, Copy)]
pub(super) enum Table {
    Likes,
    UserBarrier,
    ArticleBarrier,
    Sagas,
    SagaEnds,
}

impl Table {
    const ALL: [Self; 5] = [
        Self::Likes,
        Self::UserBarrier,
        Self::ArticleBarrier,
        Self::Sagas,
        Self::SagaEnds,
    ];

    /// The statement that fills the table, with placeholders.
    pub(super) fn statement(self) -> &'static str {
        match self {
            Self::Likes => LIKES,
            Self::UserBarrier | Self::ArticleBarrier => BARRIER,
            Self::Sagas => SAGAS,
            Self::SagaEnds => SAGA_ENDS,
        }
    }

    /// The URL of the database with the table.
    pub(super) fn database(self, databases: &Databases) -> &str {
        match self {
            Self::Likes | Self::UserBarrier => &databases.user,
            Self::ArticleBarrier => &databases.article,
            Self::Sagas | Self::SagaEnds => &databases.coordinator,
        }
    }
}
