//! Fills the databases of a system in bulk, by SQL: what so many likes would have left behind.
//!
//! One like is made through the services first. Its rows are the pattern: the others differ in their identities only,
//! and are as long. Identities are those of another time and sorted, so that filling is quick; users are spread evenly
//! over all users there can be, so that a new like meets the whole index of pairs, as it would have.

use anyhow::{Context, Result, ensure};
use indicatif::ProgressBar;
use sqlx::{AssertSqlSafe, Connection, PgConnection, SqliteConnection};

use crate::{
    client::USER_BITS,
    system::{Databases, System},
};

/// Rows of one statement.
const CHUNK: u64 = 100_000;
/// Articles that the likes are spread over: the first ones, which the load before has made.
pub(super) const ARTICLES: u32 = 1_000;

/// The statements that multiply a table's first row. `{uuid}` is an identity made of the number `n`, `{numbers}` a table of
/// such numbers.
const LIKES: &str = "INSERT INTO likes (record_id, user_id, article_id, created_at)
     SELECT {uuid}, n * {user_step} + 1, 1 + n % {articles}, t.created_at
     FROM {numbers}, (SELECT * FROM likes LIMIT 1) AS t";
const BARRIER: &str =
    "INSERT INTO barrier (saga, step, state, fingerprint, result, kept, created_at)
     SELECT {uuid}, t.step, t.state, t.fingerprint, t.result, t.kept, t.created_at
     FROM {numbers}, (SELECT * FROM barrier LIMIT 1) AS t";
const SAGAS: &str = "INSERT INTO sagas (id, kind, args, subject, request_key, fingerprint, status, parked, epoch, steps,
                        outcome, created_at, updated_at, deadline_at)
     SELECT {uuid}, t.kind, t.args, t.subject, NULL, t.fingerprint, t.status, t.parked, t.epoch, t.steps,
            t.outcome, t.created_at, t.updated_at, t.deadline_at
     FROM {numbers}, (SELECT * FROM sagas WHERE status = 1 LIMIT 1) AS t";

/// An identity whose first twelve digits grow with `n`; 0x0150… was 2015, so it is older than any of ours.
const POSTGRES_UUID: &str = "(lpad(to_hex(1443109011456 + n), 12, '0') || '7' || substr(md5(n::text), 1, 3) || '8' || substr(md5(n::text), 4, 15))::uuid";
const SQLITE_UUID: &str = "printf('%08x-%04x-7%03x-8%03x-%012x', (1443109011456 + n) >> 16, (1443109011456 + n) & 65535, \
     abs(random()) % 4096, abs(random()) % 4096, abs(random()) % 281474976710656)";
const POSTGRES_NUMBERS: &str = "generate_series({from}::bigint, {upto}::bigint) AS numbers (n)";
const SQLITE_NUMBERS: &str = "(WITH RECURSIVE count (n) AS (SELECT {from} UNION ALL SELECT n + 1 FROM count WHERE n < {upto})
     SELECT n FROM count) AS numbers";

/// A table that grows with every like.
#[derive(Debug, Clone, Copy)]
enum Table {
    Likes,
    UserBarrier,
    ArticleBarrier,
    Sagas,
}

impl Table {
    const ALL: [Self; 4] = [
        Self::Likes,
        Self::UserBarrier,
        Self::ArticleBarrier,
        Self::Sagas,
    ];

    fn statement(self) -> &'static str {
        match self {
            Self::Likes => LIKES,
            Self::UserBarrier | Self::ArticleBarrier => BARRIER,
            Self::Sagas => SAGAS,
        }
    }

    fn database(self, databases: &Databases) -> &str {
        match self {
            Self::Likes | Self::UserBarrier => &databases.user,
            Self::ArticleBarrier => &databases.article,
            Self::Sagas => &databases.coordinator,
        }
    }
}

/// How much is stored before the measuring.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stock {
    /// Likes, each with its record and two barrier rows.
    pub(super) likes: u64,
    /// Finished sagas.
    pub(super) sagas: u64,
}

impl Stock {
    fn rows(self, table: Table) -> u64 {
        match table {
            Table::Sagas => self.sagas,
            _ => self.likes,
        }
    }

    /// Rows of all tables.
    pub(super) fn rows_in_all(self) -> u64 {
        Table::ALL.map(|table| self.rows(table)).iter().sum()
    }
}

/// Adds this stock to a system in which at least one like was made.
///
/// # Errors
/// A statement failed, for example because the disk is full.
pub(super) async fn fill(system: &System, stock: Stock, bar: &ProgressBar) -> Result<()> {
    let databases = system.databases.as_ref();
    let databases = databases.context("only databases that were started here are filled")?;
    let table = |table| multiply(databases, table, stock, bar);
    // Both at once, for most machines have two cores.
    let other = async {
        table(Table::ArticleBarrier).await?;
        table(Table::Sagas).await
    };
    let user = async {
        table(Table::Likes).await?;
        table(Table::UserBarrier).await
    };
    tokio::try_join!(user, other)?;
    if stock.likes > 0 {
        count(databases, stock.likes).await?;
    }
    settle(databases).await
}

/// Adds rows to a table that are like its first.
async fn multiply(
    databases: &Databases,
    table: Table,
    stock: Stock,
    bar: &ProgressBar,
) -> Result<()> {
    let mut connection = Connected::to(table.database(databases)).await?;
    let rows = stock.rows(table);
    for from in (0..rows).step_by(CHUNK as usize) {
        let upto = (from + CHUNK).min(rows);
        let sql = connection.sql(table.statement(), stock.likes, from..upto);
        let done = connection.execute(sql).await;
        let done = done.with_context(|| format!("filling {table:?}"))?;
        // Without a row to follow, nothing is multiplied.
        ensure!(
            done == upto - from,
            "filling {table:?}: {done} rows came of {}",
            upto - from
        );
        bar.inc(done);
    }
    Ok(())
}

/// The articles' counts follow the records.
async fn count(databases: &Databases, likes: u64) -> Result<()> {
    let (each, more) = (likes / u64::from(ARTICLES), likes % u64::from(ARTICLES));
    let sql = format!(
        "UPDATE articles SET likes = likes + {each} + CASE WHEN id <= {more} THEN 1 ELSE 0 END WHERE id <= {ARTICLES}"
    );
    let mut article = Connected::to(&databases.article).await?;
    article.execute(sql).await.context("counting").map(drop)
}

/// Leaves nothing to be done later that the filling caused: the figures would hold it.
async fn settle(databases: &Databases) -> Result<()> {
    for url in [&databases.article, &databases.user, &databases.coordinator] {
        let mut connection = Connected::to(url).await?;
        let statements: &[&str] = match connection {
            Connected::Postgres(_) => &["VACUUM (ANALYZE)", "CHECKPOINT"],
            Connected::Sqlite(_) => &["PRAGMA wal_checkpoint(TRUNCATE)"],
        };
        for statement in statements {
            let done = connection.execute((*statement).to_owned()).await;
            done.with_context(|| format!("{statement} in {url}"))?;
        }
    }
    Ok(())
}

/// A connection to one of two engines.
enum Connected {
    Postgres(PgConnection),
    Sqlite(SqliteConnection),
}

impl Connected {
    async fn to(url: &str) -> Result<Self> {
        let context = || format!("connecting to {url}");
        Ok(match url.starts_with("postgres:") {
            true => Self::Postgres(PgConnection::connect(url).await.with_context(context)?),
            false => Self::Sqlite(SqliteConnection::connect(url).await.with_context(context)?),
        })
    }

    /// The statement for these numbers, in this engine's words.
    fn sql(&self, statement: &str, likes: u64, numbers: std::ops::Range<u64>) -> String {
        let (uuid, table) = match self {
            Self::Postgres(_) => (POSTGRES_UUID, POSTGRES_NUMBERS),
            Self::Sqlite(_) => (SQLITE_UUID, SQLITE_NUMBERS),
        };
        let user_step = (1_u64 << USER_BITS) / likes.max(1);
        statement
            .replace("{numbers}", table)
            .replace("{uuid}", uuid)
            .replace("{user_step}", &user_step.to_string())
            .replace("{articles}", &ARTICLES.to_string())
            .replace("{from}", &numbers.start.to_string())
            .replace("{upto}", &(numbers.end - 1).to_string())
    }

    /// How many rows it touched.
    async fn execute(&mut self, sql: String) -> Result<u64> {
        let query = AssertSqlSafe(sql);
        Ok(match self {
            Self::Postgres(connection) => sqlx::raw_sql(query)
                .execute(connection)
                .await?
                .rows_affected(),
            Self::Sqlite(connection) => sqlx::raw_sql(query)
                .execute(connection)
                .await?
                .rows_affected(),
        })
    }
}
