//! The books: counts must equal records, and both what was acknowledged.
//!
//! Databases that are known are read directly, whole. Otherwise the services are asked: for every
//! count, and for as many acknowledged likes as is reasonable.

use std::{collections::BTreeMap, time::Duration};

use anyhow::{Context, Result};
use serde::Serialize;
use sqlx::{Connection, PgConnection, Row, SqliteConnection, postgres::PgRow, sqlite::SqliteRow};
use tokio::time::Instant;

use crate::{system::System, tally::Book, wire::Wire};

/// How long open sagas may take to end after the load.
const QUIET_MAX: Duration = Duration::from_secs(30);
/// How often it is asked meanwhile.
const QUIET_LOOK_EVERY: Duration = Duration::from_millis(100);
/// Articles of which the differences are told.
const DIFFERENCES_MAX: usize = 5;

const COUNTS: &str = "SELECT id, likes FROM articles WHERE id >= $1";
const RECORDS: &str =
    "SELECT article_id, COUNT(*) FROM likes WHERE article_id >= $1 GROUP BY article_id";

/// How the books stand.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Books {
    pub(crate) balanced: bool,
    /// Likes less unlikes that were acknowledged, in this load.
    pub(crate) acknowledged: i64,
    /// Likes and unlikes whose end was not told.
    pub(crate) in_doubt: i64,
    /// What the articles' counts add up to.
    pub(crate) counted: i64,
    /// Records there are; unknown if the database is.
    pub(crate) recorded: Option<i64>,
    /// What is wrong.
    pub(crate) differences: Vec<String>,
}

/// Waits until no saga is open, then compares.
///
/// # Errors
/// The services or databases could not be asked.
pub(crate) async fn audit(system: &System, articles: &[i64], books: &[Book]) -> Result<Books> {
    let mut found = Books::default();
    if !quiet(system).await? {
        found
            .differences
            .push(format!("sagas are still open after {QUIET_MAX:?}"));
    }
    let (counts, records) = match &system.databases {
        Some(databases) => {
            // Of the articles that were there before, only the size matters.
            let from = articles.first().copied().unwrap_or(0);
            let counts = pairs(&databases.article, COUNTS, from).await?;
            (counts, Some(pairs(&databases.user, RECORDS, from).await?))
        }
        None => (ask_counts(system, articles).await?, None),
    };
    for (article, book) in articles.iter().zip(books) {
        let count = counts.get(article).copied().unwrap_or(0);
        let record = records
            .as_ref()
            .map(|records| records.get(article).copied().unwrap_or(0));
        found.compare(*article, book, count, record);
    }
    found.balanced = found.differences.is_empty();
    Ok(found)
}

impl Books {
    fn compare(&mut self, article: i64, book: &Book, count: i64, record: Option<i64>) {
        self.acknowledged += book.acknowledged;
        self.in_doubt += book.likes_in_doubt + book.unlikes_in_doubt;
        self.counted += count;
        if let Some(record) = record {
            *self.recorded.get_or_insert(0) += record;
        }
        let least = book.acknowledged - book.unlikes_in_doubt;
        let most = book.acknowledged + book.likes_in_doubt;
        let right = (least..=most).contains(&count) && record.is_none_or(|record| record == count);
        if !right && self.differences.len() < DIFFERENCES_MAX {
            let records = record.map_or(String::new(), |record| format!(", records {record}"));
            self.differences.push(format!(
                "article {article}: count {count}{records}, acknowledged {least} to {most}"
            ));
        }
    }
}

async fn quiet(system: &System) -> Result<bool> {
    let mut wire = Wire::to(system.coordinator);
    let until = Instant::now() + QUIET_MAX;
    while Instant::now() < until {
        let asked = b"GET /v1/transactions?status=pending&limit=1 HTTP/1.1\r\nhost: load\r\n\r\n";
        let reply = wire
            .exchange(asked)
            .await
            .context("asking for open sagas")?;
        if reply.status == 200 && reply.body.starts_with(b"{\"items\":[]") {
            return Ok(true);
        }
        tokio::time::sleep(QUIET_LOOK_EVERY).await;
    }
    Ok(false)
}

async fn ask_counts(system: &System, articles: &[i64]) -> Result<BTreeMap<i64, i64>> {
    let mut wire = Wire::to(system.article);
    let mut counts = BTreeMap::new();
    for article in articles {
        let request = format!("GET /v1/articles/{article} HTTP/1.1\r\nhost: load\r\n\r\n");
        let reply = wire
            .exchange(request.as_bytes())
            .await
            .context("asking for a count")?;
        let body: serde_json::Value = serde_json::from_slice(reply.body)?;
        counts.insert(
            *article,
            body["likes"].as_i64().context("an article without likes")?,
        );
    }
    Ok(counts)
}

/// Reads two columns of numbers, from this article on.
async fn pairs(url: &str, statement: &'static str, from: i64) -> Result<BTreeMap<i64, i64>> {
    let context = || format!("reading {url}");
    if url.starts_with("postgres:") {
        let mut connection = PgConnection::connect(url).await.with_context(context)?;
        let rows = sqlx::query(statement)
            .bind(from)
            .fetch_all(&mut connection)
            .await;
        let rows = rows.with_context(context)?;
        let read = |row: &PgRow| Ok((row.try_get(0)?, row.try_get(1)?));
        return rows.iter().map(read).collect();
    }
    let mut connection = SqliteConnection::connect(url).await.with_context(context)?;
    let rows = sqlx::query(statement)
        .bind(from)
        .fetch_all(&mut connection)
        .await;
    let rows = rows.with_context(context)?;
    let read = |row: &SqliteRow| Ok((row.try_get(0)?, row.try_get(1)?));
    rows.iter().map(read).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn compared(count: i64, record: i64) -> Books {
        let book = Book {
            acknowledged: 10,
            likes_in_doubt: 1,
            unlikes_in_doubt: 0,
        };
        let mut books = Books::default();
        books.compare(1, &book, count, Some(record));
        books
    }

    #[test]
    fn what_is_in_doubt_may_be_there_or_not() {
        assert!(compared(10, 10).differences.is_empty());
        assert!(compared(11, 11).differences.is_empty());
    }

    #[test]
    fn a_lost_acknowledgement_a_count_too_many_and_a_missing_record_are_told() {
        for (count, record) in [(9, 9), (12, 12), (11, 10)] {
            assert_eq!(
                compared(count, record).differences.len(),
                1,
                "{count} {record}"
            );
        }
    }
}
