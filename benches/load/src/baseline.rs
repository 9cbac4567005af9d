//! The baseline: `pgbench` writing what a like saga writes, without HTTP, saga kit or recovery.
//!
//! - *Four transactions per like*: what a saga that commits every step by itself writes: start, count, record, end.
//! - *Batches of a hundred*: one transaction that writes a hundred of each. No saga protocol can reach this.
//!
//! Users are random, so that every insert touches a random page of the index of pairs, as it does in Likewise. They are drawn
//! from so many that no pair occurs twice, because a duplicate would end the run.

use anyhow::{Context, Result, bail};
use likewise_testkit::TemporaryPostgres;

/// The database with the baseline's tables.
const DATABASE: &str = "baseline";
/// The number of likes in one batch.
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

/// Without `BEGIN`, `pgbench` commits after each statement. So a connection makes the commits of a saga, one after
/// another.
const FOUR: &str = r#"
\set saga random(1, 9000000000000000000)
\set user random(1, 1000000000000000)
\set article random(1, :articles)
INSERT INTO sagas VALUES (:saga, '{"user": 123456789012, "article": 1234, "record": 1234567890123456789}', 0);
UPDATE articles SET likes = likes + 1 WHERE id = :article;
INSERT INTO likes VALUES (:saga, :user, :article);
UPDATE sagas SET status = 1 WHERE id = :saga;
"#;

/// One statement is one transaction. Articles are locked in a fixed order first, so that two batches cannot deadlock.
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

/// How the baseline groups likes into transactions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Grouping {
    /// Four transactions per like.
    FourPerLike,
    /// One transaction per hundred likes.
    Batches,
}

/// `pgbench` on the server that the services use as well.
pub(crate) struct Baseline<'s> {
    pub(crate) server: &'s TemporaryPostgres,
}

impl Baseline<'_> {
    /// Creates the database.
    ///
    /// # Errors
    /// The server refused.
    pub(crate) fn create_database(&self) -> Result<()> {
        self.server.create_database(DATABASE)
    }

    /// The URL of the database.
    pub(crate) fn url(&self) -> String {
        self.server.url(DATABASE)
    }

    /// Drops the tables and creates them again.
    ///
    /// # Errors
    /// The server refused.
    pub(crate) fn recreate_tables(&self, articles: u32) -> Result<()> {
        let tables = TABLES.replace(":articles", &articles.to_string());
        let printed = self
            .server
            .run_program("psql", &["--quiet"], DATABASE, &tables);
        printed.map(drop)
    }

    /// Measures likes per second from empty tables.
    ///
    /// Tables are recreated for every measurement, so that a long comparison does not measure the growth of the
    /// baseline.
    ///
    /// # Errors
    /// `pgbench` failed, or its output could not be parsed.
    pub(crate) fn measure(
        &self,
        grouping: Grouping,
        connections: u32,
        articles: u32,
        seconds: u32,
    ) -> Result<f64> {
        self.recreate_tables(articles)?;
        let (script, likes) = match grouping {
            Grouping::FourPerLike => (FOUR, 1),
            Grouping::Batches => (BATCHED, BATCH),
        };
        let options = [
            "--no-vacuum",
            "--protocol=prepared",
            // One thread, as the load generator has.
            "--jobs=1",
            "--file=-",
            &format!("--client={connections}"),
            &format!("--time={seconds}"),
            &format!("--define=articles={articles}"),
            &format!("--define=batch={BATCH}"),
        ];
        let printed = self
            .server
            .run_program("pgbench", &options, DATABASE, script)?;
        Ok(transactions_per_second(&printed)? * f64::from(likes))
    }
}

fn transactions_per_second(printed: &str) -> Result<f64> {
    let line = printed.lines().find_map(|line| line.strip_prefix("tps = "));
    let Some(number) = line.and_then(|line| line.split_whitespace().next()) else {
        bail!("pgbench printed no transactions per second:\n{printed}");
    };
    number
        .parse()
        .context("reading pgbench's transactions per second")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_figure_is_parsed_from_the_output_of_pgbench() {
        let printed = "latency average = 1.6 ms\ntps = 9876.5 (without initial connection time)\n";
        assert_eq!(transactions_per_second(printed).unwrap(), 9_876.5);
        assert!(transactions_per_second("nothing").is_err());
    }
}
