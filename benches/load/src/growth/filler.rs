//! Fills the databases of a system by SQL with the rows that many likes would have left behind.
//!
//! One like is made through the services first. Its rows are the pattern: the other rows differ from it in their ids only, so
//! they have the same size. The ids belong to an earlier time and are inserted in order, which makes the filling fast. Users
//! are spread evenly over all possible users. A new like therefore meets the whole index of pairs, as it would in a system that
//! had grown.
//!
//! Where to read next: `stored_data.rs` has the statements.

use std::{
    ops::Range,
    sync::{Arc, Mutex, PoisonError},
};

use anyhow::{Context, Result, ensure};
use indicatif::ProgressBar;
use rusqlite::OpenFlags;
use sqlx::{AssertSqlSafe, Connection, PgConnection};

use super::stored_data::{StoredData, Table};
use crate::{client::USER_BITS, databases::Databases, system::System};

/// The number of rows of one statement.
const CHUNK: u64 = 100_000;
/// The articles that the likes are spread over. The load before the filling has created them.
pub(super) const ARTICLES: u32 = 1_000;

/// An id whose first twelve digits grow with `n`. 0x0150… is a time in 2015, so the id is older than those of new likes.
const POSTGRES_UUID: &str = "(lpad(to_hex(1443109011456 + n), 12, '0') || '7' || substr(md5(n::text), 1, 3) || '8' || substr(md5(n::text), 4, 15))::uuid";
const SQLITE_UUID: &str = "printf('%08x-%04x-7%03x-8%03x-%012x', (1443109011456 + n) >> 16, (1443109011456 + n) & 65535, \
     abs(random()) % 4096, abs(random()) % 4096, abs(random()) % 281474976710656)";
const POSTGRES_NUMBERS: &str = "generate_series({from}::bigint, {upto}::bigint) AS numbers (n)";
const SQLITE_NUMBERS: &str = "(WITH RECURSIVE count (n) AS (SELECT {from} UNION ALL SELECT n + 1 FROM count WHERE n < {upto})
     SELECT n FROM count) AS numbers";

/// Adds this data to a system in which at least one like was made.
///
/// # Errors
/// A statement failed, for example because the disk is full.
pub(super) async fn fill(system: &System, data: StoredData, bar: &ProgressBar) -> Result<()> {
    let databases = system.databases.as_ref();
    let databases = databases.context("only databases that were started here can be filled")?;
    // Two databases at a time: the filling is limited by one core for each connection.
    let table = |table| fill_table(databases, table, data, bar);
    // Concurrently, because most machines have two cores.
    let article_and_log = async {
        table(Table::ArticleBarrier).await?;
        table(Table::Sagas).await?;
        table(Table::SagaEnds).await
    };
    let user = async {
        table(Table::Likes).await?;
        table(Table::UserBarrier).await
    };
    tokio::try_join!(user, article_and_log)?;
    if data.likes > 0 {
        update_counts(databases, data.likes).await?;
    }
    checkpoint(databases).await
}

/// Multiplies a table's first row.
async fn fill_table(
    databases: &Databases,
    table: Table,
    data: StoredData,
    bar: &ProgressBar,
) -> Result<()> {
    let mut connection = EngineConnection::open(table.database(databases)).await?;
    let rows = data.rows(table);
    for from in (0..rows).step_by(CHUNK as usize) {
        let upto = (from + CHUNK).min(rows);
        let sql = connection.sql(table.statement(), data.likes, from..upto);
        let inserted = connection.execute(sql).await;
        let inserted = inserted.with_context(|| format!("filling {table:?}"))?;
        // Without a first row to multiply, the statement inserts nothing.
        ensure!(
            inserted == upto - from,
            "filling {table:?}: {inserted} of {} rows were inserted",
            upto - from
        );
        bar.inc(inserted);
    }
    Ok(())
}

/// Makes the articles' counts match the records.
async fn update_counts(databases: &Databases, likes: u64) -> Result<()> {
    let (each, more) = (likes / u64::from(ARTICLES), likes % u64::from(ARTICLES));
    let sql = format!(
        "UPDATE articles SET likes = likes + {each} + CASE WHEN id <= {more} THEN 1 ELSE 0 END WHERE id <= {ARTICLES}"
    );
    let mut article = EngineConnection::open(&databases.article).await?;
    article
        .execute(sql)
        .await
        .context("updating the counts")
        .map(drop)
}

/// Finishes the work that the filling left for later, so that it does not disturb the measurement.
///
/// Statistics, visibility maps and dirty pages of the filling would otherwise be written in the first seconds of the
/// measurement.
async fn checkpoint(databases: &Databases) -> Result<()> {
    for url in [&databases.article, &databases.user, &databases.coordinator] {
        let mut connection = EngineConnection::open(url).await?;
        let statements: &[&str] = match connection {
            EngineConnection::Postgres(_) => &["VACUUM (ANALYZE)", "CHECKPOINT"],
            EngineConnection::Sqlite(_) => &["PRAGMA wal_checkpoint(TRUNCATE)"],
        };
        for statement in statements {
            let done = connection.execute((*statement).to_owned()).await;
            done.with_context(|| format!("{statement} in {url}"))?;
        }
    }
    Ok(())
}

/// A connection to either engine.
enum EngineConnection {
    Postgres(PgConnection),
    Sqlite(Arc<Mutex<rusqlite::Connection>>),
}

impl EngineConnection {
    async fn open(url: &str) -> Result<Self> {
        let context = || format!("connecting to {url}");
        if let Some(file) = url.strip_prefix("sqlite:") {
            let flags = OpenFlags::SQLITE_OPEN_READ_WRITE;
            let connection = rusqlite::Connection::open_with_flags(file, flags);
            let connection = Mutex::new(connection.with_context(context)?);
            return Ok(Self::Sqlite(Arc::new(connection)));
        }
        let connection = PgConnection::connect(url).await;
        Ok(Self::Postgres(connection.with_context(context)?))
    }

    /// The statement for these numbers, in this engine's SQL.
    ///
    /// Only numbers and constants are put into the text, so nothing needs to be escaped.
    fn sql(&self, statement: &str, likes: u64, numbers: Range<u64>) -> String {
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

    /// Returns the number of rows that the statement changed.
    async fn execute(&mut self, sql: String) -> Result<u64> {
        Ok(match self {
            Self::Postgres(connection) => sqlx::raw_sql(AssertSqlSafe(sql))
                .execute(connection)
                .await?
                .rows_affected(),
            Self::Sqlite(connection) => {
                let connection = Arc::clone(connection);
                // SQLite blocks, and the command fills two tables at once.
                tokio::task::spawn_blocking(move || {
                    let connection = connection.lock().unwrap_or_else(PoisonError::into_inner);
                    connection
                        .execute_batch(&sql)
                        .map(|()| connection.changes())
                })
                .await??
            }
        })
    }
}
