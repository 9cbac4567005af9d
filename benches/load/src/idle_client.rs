//! One idle client: the latency of a single like compared with the three commits that it waits for.
//!
//! A like waits for three commits, one after another: the start of the saga, the count and the record. The end of the saga is
//! committed later, with another batch. The baseline writes the same three rows over one connection to the same server, one
//! transaction each. The difference is the cost of HTTP, the checks, the barrier and the saga kit.

use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use serde::Serialize;
use sqlx::{Connection, PgConnection};

use crate::{
    baseline::Baseline,
    driver,
    latencies::latencies,
    options::{Comparison, Load},
    statistics::median,
    system::System,
};

/// The largest acceptable ratio of a like's latency to that of its commits.
const RATIO_MAX: f64 = 1.5;
/// Iterations before the measured ones. After them plans are cached and the connection is warm, as in the services.
const WARM_UP: usize = 20;
/// The first id. It has as many digits as the ids of real likes, so the rows have the same size.
const FIRST_ID: i64 = 1 << 40;

const START: &str = r#"INSERT INTO sagas VALUES ($1, '{"user": 123456789012, "article": 1234, "record": 1234567890123456789}', 0)"#;
const COUNT: &str = "UPDATE articles SET likes = likes + 1 WHERE id = $1";
const RECORD: &str = "INSERT INTO likes VALUES ($1, $2, $3)";

/// The medians of both latencies, in microseconds, one entry per round.
#[derive(Debug, Default, Serialize)]
pub(crate) struct IdleClient {
    like_p50_micros: Vec<f64>,
    commits_p50_micros: Vec<f64>,
}

impl IdleClient {
    /// Measures both, one right after the other; returns whether the services were consistent.
    ///
    /// Both are measured in the same round on the same server, because the latency of a commit depends on the disk
    /// and on the hour.
    ///
    /// # Errors
    /// The services or the database server failed.
    pub(crate) async fn measure(
        &mut self,
        options: &Comparison,
        system: &System,
        baseline: &Baseline<'_>,
    ) -> Result<bool> {
        let load = Load {
            clients: 1,
            seconds: options.seconds,
            articles: options.articles,
            ..Load::likes()
        };
        let report = driver::run(&load, system).await?;
        self.like_p50_micros
            .push(report.write_latencies.p50_micros as f64);
        baseline.recreate_tables(options.articles)?;
        let connecting = PgConnection::connect(&baseline.url()).await;
        let mut connection = connecting.context("connecting to the baseline's database")?;
        let length = Duration::from_secs(options.seconds.into());
        self.commits_p50_micros
            .push(median_of_commits(&mut connection, options.articles, length).await?);
        Ok(report.consistency.is_consistent)
    }

    /// The result as one line of text.
    pub(crate) fn text(&self) -> String {
        let ratio = median(&self.ratios());
        let verdict = if ratio <= RATIO_MAX { "met" } else { "MISSED" };
        format!(
            "one idle client: a like takes {:.2} ms, its three commits {:.2} ms: ratio {ratio:.2}, threshold at most {RATIO_MAX}: {verdict}",
            median(&self.like_p50_micros) / 1e3,
            median(&self.commits_p50_micros) / 1e3,
        )
    }

    fn ratios(&self) -> Vec<f64> {
        let rounds = self.like_p50_micros.iter().zip(&self.commits_p50_micros);
        rounds.map(|(like, commits)| like / commits).collect()
    }
}

/// The median latency of three commits in a row, in microseconds.
///
/// The median and not the mean: a checkpoint of the server makes a few commits very slow.
async fn median_of_commits(
    connection: &mut PgConnection,
    articles: u32,
    length: Duration,
) -> Result<f64> {
    let mut times = latencies();
    let until = Instant::now() + length;
    for number in 0.. {
        let started = Instant::now();
        if started >= until {
            break;
        }
        commit_three(connection, number, articles)
            .await
            .context("writing the rows of a like")?;
        if number >= WARM_UP as i64 {
            times.saturating_record(u64::try_from(started.elapsed().as_micros())?.max(1));
        }
    }
    Ok(times.value_at_quantile(0.5) as f64)
}

/// Writes the rows of one like. Outside a transaction each statement commits by itself.
async fn commit_three(
    connection: &mut PgConnection,
    number: i64,
    articles: u32,
) -> Result<(), sqlx::Error> {
    let (id, article) = (FIRST_ID + number, 1 + number % i64::from(articles));
    sqlx::query(START)
        .bind(id)
        .execute(&mut *connection)
        .await?;
    sqlx::query(COUNT)
        .bind(article)
        .execute(&mut *connection)
        .await?;
    sqlx::query(RECORD)
        .bind(id)
        .bind(id)
        .bind(article)
        .execute(&mut *connection)
        .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ratios_are_computed_within_a_round() {
        let idle = IdleClient {
            like_p50_micros: vec![3_000.0, 6_000.0, 3_200.0],
            commits_p50_micros: vec![2_000.0, 4_000.0, 2_000.0],
        };
        assert!(
            idle.text()
                .ends_with("ratio 1.50, threshold at most 1.5: met"),
            "{}",
            idle.text()
        );
        let slow = IdleClient {
            like_p50_micros: vec![3_100.0],
            commits_p50_micros: vec![2_000.0],
        };
        assert!(slow.text().ends_with("MISSED"), "{}", slow.text());
    }
}
