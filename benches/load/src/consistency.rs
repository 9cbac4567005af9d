//! The consistency check after a load: article counts, like records and acknowledged requests must agree.
//!
//! ```text
//! replies ──► ExpectedCount (least..=most) ──┐
//! articles.likes ────────────────────────────┼──► ConsistencyReport
//! likes (records) ───────────────────────────┘
//! ```
//!
//! If this program started the services, it reads their databases directly. Otherwise it asks the article service for every
//! count and cannot check the records.
//!
//! A fast system that loses a like in a million would look good in every other figure. So every load ends with this
//! check.

use std::{collections::BTreeMap, time::Duration};

use anyhow::{Context, Result};
use serde::Serialize;
use sqlx::{Connection, PgConnection, Row, postgres::PgRow};
use tokio::time::Instant;

use crate::{
    http_connection::HttpConnection, request_mix::Operation, request_outcome::RequestOutcome,
    system::System,
};

/// How long open sagas may take to end after the load.
const IDLE_WAIT_MAX: Duration = Duration::from_secs(30);
/// How often to look for open sagas during that time.
const IDLE_POLL_EVERY: Duration = Duration::from_millis(100);
/// The number of articles whose differences are reported.
const DIFFERENCES_MAX: usize = 5;

const COUNTS: &str = "SELECT id, likes FROM articles WHERE id >= $1";
const RECORDS: &str =
    "SELECT article_id, COUNT(*) FROM likes WHERE article_id >= $1 GROUP BY article_id";

/// What the replies say about one article's like count.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct ExpectedCount {
    /// Acknowledged likes minus acknowledged unlikes.
    acknowledged: i64,
    likes_in_doubt: i64,
    unlikes_in_doubt: i64,
}

impl ExpectedCount {
    /// Adds the effect of one request.
    pub(crate) fn apply(&mut self, operation: Operation, outcome: RequestOutcome) {
        match (operation, outcome) {
            (Operation::Like, RequestOutcome::Done) => self.acknowledged += 1,
            (Operation::Unlike, RequestOutcome::Done) => self.acknowledged -= 1,
            (Operation::Like, RequestOutcome::InDoubt) => self.likes_in_doubt += 1,
            (Operation::Unlike, RequestOutcome::InDoubt) => self.unlikes_in_doubt += 1,
            // Reads change nothing. A refusal or an unexpected status means that the saga did not start or was undone.
            _ => {}
        }
    }
}

/// The result of the consistency check.
#[derive(Debug, Default, Serialize)]
pub(crate) struct ConsistencyReport {
    #[serde(rename = "balanced")]
    pub(crate) is_consistent: bool,
    /// Likes minus unlikes that this load had acknowledged.
    pub(crate) acknowledged: i64,
    /// Likes and unlikes whose outcome the client does not know.
    pub(crate) in_doubt: i64,
    /// The sum of the articles' counts.
    pub(crate) counted: i64,
    /// The number of like records; `None` if the databases could not be read.
    pub(crate) recorded: Option<i64>,
    /// The first differences, for people.
    pub(crate) differences: Vec<String>,
}

/// Waits until no saga is open, then compares.
///
/// # Errors
/// A service or a database could not be read.
pub(crate) async fn check(
    system: &System,
    articles: &[i64],
    expected: &[ExpectedCount],
) -> Result<ConsistencyReport> {
    let mut report = ConsistencyReport::default();
    if !wait_until_idle(system).await? {
        report
            .differences
            .push(format!("sagas are still open after {IDLE_WAIT_MAX:?}"));
    }
    let (counts, records) = match &system.databases {
        Some(databases) => {
            // Articles from before this load do not belong to it.
            let from = articles.first().copied().unwrap_or(0);
            let counts = read_pairs(&databases.article, COUNTS, from).await?;
            let records = read_pairs(&databases.user, RECORDS, from).await?;
            (counts, Some(records))
        }
        None => (fetch_counts(system, articles).await?, None),
    };
    for (article, expected) in articles.iter().zip(expected) {
        let count = counts.get(article).copied().unwrap_or(0);
        let record = records
            .as_ref()
            .map(|records| records.get(article).copied().unwrap_or(0));
        report.compare(*article, expected, count, record);
    }
    report.is_consistent = report.differences.is_empty();
    Ok(report)
}

impl ConsistencyReport {
    /// Likes in doubt widen the range upwards and unlikes in doubt downwards. Count and records must be equal in any
    /// case.
    fn compare(&mut self, article: i64, expected: &ExpectedCount, count: i64, record: Option<i64>) {
        self.acknowledged += expected.acknowledged;
        self.in_doubt += expected.likes_in_doubt + expected.unlikes_in_doubt;
        self.counted += count;
        if let Some(record) = record {
            *self.recorded.get_or_insert(0) += record;
        }
        let least = expected.acknowledged - expected.unlikes_in_doubt;
        let most = expected.acknowledged + expected.likes_in_doubt;
        let agrees = (least..=most).contains(&count) && record.is_none_or(|record| record == count);
        if !agrees && self.differences.len() < DIFFERENCES_MAX {
            let records = record.map_or(String::new(), |record| format!(", records {record}"));
            self.differences.push(format!(
                "article {article}: count {count}{records}, acknowledged {least} to {most}"
            ));
        }
    }
}

/// Polls the transaction log until no saga is open; `false` if sagas are still open at the end of the wait.
///
/// The end of a saga is logged after its answer, so the last sagas may still look open for a moment.
async fn wait_until_idle(system: &System) -> Result<bool> {
    let mut connection = HttpConnection::to(system.coordinator);
    let until = Instant::now() + IDLE_WAIT_MAX;
    while Instant::now() < until {
        let request = b"GET /v1/transactions?status=pending&limit=1 HTTP/1.1\r\nhost: load\r\n\r\n";
        let reply = connection
            .exchange(request)
            .await
            .context("asking for open sagas")?;
        if reply.status == 200 && reply.body.starts_with(b"{\"items\":[]") {
            return Ok(true);
        }
        tokio::time::sleep(IDLE_POLL_EVERY).await;
    }
    Ok(false)
}

async fn fetch_counts(system: &System, articles: &[i64]) -> Result<BTreeMap<i64, i64>> {
    let mut connection = HttpConnection::to(system.article);
    let mut counts = BTreeMap::new();
    for article in articles {
        let request = format!("GET /v1/articles/{article} HTTP/1.1\r\nhost: load\r\n\r\n");
        let reply = connection
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

/// Reads two number columns, from article `from` on.
async fn read_pairs(url: &str, statement: &'static str, from: i64) -> Result<BTreeMap<i64, i64>> {
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
    sqlite_pairs(url, statement, from).with_context(context)
}

fn sqlite_pairs(url: &str, statement: &str, from: i64) -> rusqlite::Result<BTreeMap<i64, i64>> {
    let file = url.strip_prefix("sqlite:").unwrap_or(url);
    // Reading a file with a write-ahead log needs write access to its shared-memory file.
    let flags = rusqlite::OpenFlags::SQLITE_OPEN_READ_WRITE;
    let connection = rusqlite::Connection::open_with_flags(file, flags)?;
    let mut select = connection.prepare(statement)?;
    let rows = select.query_map([from], |row| row.try_into())?;
    rows.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn compared(count: i64, record: i64) -> ConsistencyReport {
        let expected = ExpectedCount {
            acknowledged: 10,
            likes_in_doubt: 1,
            unlikes_in_doubt: 0,
        };
        let mut report = ConsistencyReport::default();
        report.compare(1, &expected, count, Some(record));
        report
    }

    /// Both are consistent, as long as count and records agree.
    #[test]
    fn a_like_in_doubt_may_have_happened_or_not() {
        assert!(compared(10, 10).differences.is_empty());
        assert!(compared(11, 11).differences.is_empty());
    }

    #[test]
    fn a_lost_like_an_extra_count_and_a_missing_record_are_reported() {
        for (count, record) in [(9, 9), (12, 12), (11, 10)] {
            assert_eq!(
                compared(count, record).differences.len(),
                1,
                "{count} {record}"
            );
        }
    }
}
