//! The yardstick: `pgbench` writing what a like saga writes, without HTTP, saga kit or recovery.
//!
//! - *Four transactions a like*: what a saga writes that commits every move by itself: start, count, record, end.
//! - *Batches of a hundred*: one transaction that writes a hundred of each. No protocol could be so lucky.
//!
//! Random users, so that the index of pairs is written to all over, as ours is, and of so many that no pair comes twice: that
//! would end the run.

use anyhow::{Context, Result, bail};
use xtask::postgres::TemporaryPostgres;

/// The database of its tables.
const DATABASE: &str = "yardstick";
/// Likes of one batch.
pub(crate) const BATCH: u32 = 100;

const TABLES: &str = "
DROP TABLE IF EXISTS sagas, articles, likes;
CREATE TABLE sagas (id bigint PRIMARY KEY, args text NOT NULL, status bigint NOT NULL);
CREATE TABLE articles (id bigint PRIMARY KEY, likes bigint NOT NULL DEFAULT 0);
CREATE TABLE likes (record bigint PRIMARY KEY, user_id bigint NOT NULL, article_id bigint NOT NULL);
CREATE UNIQUE INDEX likes_pair ON likes (user_id, article_id);
INSERT INTO articles SELECT generate_series(1, :articles);
ANALYZE articles;
";

const FOUR: &str = r#"
\set saga random(1, 9000000000000000000)
\set user random(1, 1000000000000000)
\set article random(1, :articles)
INSERT INTO sagas VALUES (:saga, '{"user": 123456789012, "article": 1234, "record": 1234567890123456789}', 0);
UPDATE articles SET likes = likes + 1 WHERE id = :article;
INSERT INTO likes VALUES (:saga, :user, :article);
UPDATE sagas SET status = 1 WHERE id = :saga;
"#;

/// One statement, so one transaction; articles are locked in one order first.
const BATCHED: &str = r#"
WITH batch AS MATERIALIZED (
    SELECT (random() * 9e18)::bigint AS saga, (random() * 1e15)::bigint AS user_id,
           1 + floor(random() * :articles)::bigint AS article_id
    FROM generate_series(1, :batch)
), deltas AS MATERIALIZED (
    SELECT article_id, count(*) AS delta FROM batch GROUP BY article_id
), locked AS MATERIALIZED (
    SELECT a.id FROM articles AS a WHERE a.id IN (SELECT article_id FROM deltas) ORDER BY a.id FOR UPDATE
), counted AS (
    UPDATE articles SET likes = likes + d.delta
    FROM deltas AS d JOIN locked AS l ON l.id = d.article_id WHERE articles.id = l.id
), recorded AS (
    INSERT INTO likes SELECT saga, user_id, article_id FROM batch
)
INSERT INTO sagas
SELECT saga, '{"user": 123456789012, "article": 1234, "record": 1234567890123456789}', 1 FROM batch;
"#;

/// One way of writing likes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Row {
    /// Four transactions a like.
    Four,
    /// One transaction for a hundred likes.
    Batched,
}

/// `pgbench`, on a server that others use as well.
pub(crate) struct Yardstick<'s> {
    pub(crate) server: &'s TemporaryPostgres,
}

impl Yardstick<'_> {
    /// Makes the database.
    ///
    /// # Errors
    /// The server refuses.
    pub(crate) fn prepare(&self) -> Result<()> {
        self.server.create_database(DATABASE)
    }

    /// Where its tables are.
    pub(crate) fn url(&self) -> String {
        self.server.url(DATABASE)
    }

    /// Makes its tables anew.
    ///
    /// # Errors
    /// The server refuses.
    pub(crate) fn make_tables(&self, articles: u32) -> Result<()> {
        let tables = TABLES.replace(":articles", &articles.to_string());
        let said = self
            .server
            .run_program("psql", &["--quiet"], DATABASE, &tables);
        said.map(drop)
    }

    /// Likes a second, with so many connections on so many articles, from empty tables.
    ///
    /// # Errors
    /// `pgbench` failed, or said something unknown.
    pub(crate) fn measure(
        &self,
        row: Row,
        connections: u32,
        articles: u32,
        seconds: u32,
    ) -> Result<f64> {
        self.make_tables(articles)?;
        let (script, likes) = match row {
            Row::Four => (FOUR, 1),
            Row::Batched => (BATCHED, BATCH),
        };
        let options = [
            "--no-vacuum",
            "--protocol=prepared",
            "--jobs=1",
            "--file=-",
            &format!("--client={connections}"),
            &format!("--time={seconds}"),
            &format!("--define=articles={articles}"),
            &format!("--define=batch={BATCH}"),
        ];
        let said = self
            .server
            .run_program("pgbench", &options, DATABASE, script)?;
        Ok(transactions_per_second(&said)? * f64::from(likes))
    }
}

fn transactions_per_second(said: &str) -> Result<f64> {
    let line = said.lines().find_map(|line| line.strip_prefix("tps = "));
    let Some(number) = line.and_then(|line| line.split_whitespace().next()) else {
        bail!("pgbench said nothing of transactions a second:\n{said}");
    };
    number
        .parse()
        .context("reading pgbench's transactions a second")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_figure_is_read_from_what_pgbench_says() {
        let said = "latency average = 1.6 ms\ntps = 9876.5 (without initial connection time)\n";
        assert_eq!(transactions_per_second(said).unwrap(), 9_876.5);
        assert!(transactions_per_second("nothing").is_err());
    }
}
