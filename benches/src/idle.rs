//! One idle client: a like at a time, beside the commits that it has to wait for one after another.
//!
//! A like waits for three commits: the saga's start, the count, the record; its end rides with a later one. The same three
//! are written here by one connection to the same server, a row and a transaction each. What a like takes longer is HTTP,
//! the checks, the barrier and the saga kit.

use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use serde::Serialize;
use sqlx::{Connection, PgConnection};

use crate::{
    drive,
    limit::median,
    options::{Limit, Load},
    pgbench::Yardstick,
    system::System,
    tally::latencies,
};

/// What one like may take of what its commits take.
const RATIO_MAX: f64 = 1.5;
/// Rounds of commits before those that are measured: plans and connections are warm then, as ours are.
const WARM_UP: usize = 20;
/// Where the identities begin: they take as many bytes as those of a real like.
const IDENTITIES: i64 = 1 << 40;

const START: &str = r#"INSERT INTO sagas VALUES ($1, '{"user": 123456789012, "article": 1234, "record": 1234567890123456789}', 0)"#;
const COUNT: &str = "UPDATE articles SET likes = likes + 1 WHERE id = $1";
const RECORD: &str = "INSERT INTO likes VALUES ($1, $2, $3)";

/// The figures, a round each, in microseconds: medians of one like and of its three commits.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Idle {
    like_p50_micros: Vec<f64>,
    commits_p50_micros: Vec<f64>,
}

impl Idle {
    /// Measures both, one right after the other; whether the books balanced.
    ///
    /// # Errors
    /// The services or the server failed.
    pub(crate) async fn measure(
        &mut self,
        options: &Limit,
        system: &System,
        yardstick: &Yardstick<'_>,
    ) -> Result<bool> {
        let load = Load {
            clients: 1,
            seconds: options.seconds,
            articles: options.articles,
            ..Load::likes()
        };
        let outcome = drive::run(&load, system).await?;
        self.like_p50_micros.push(outcome.writes.p50_micros as f64);
        yardstick.make_tables(options.articles)?;
        let connecting = PgConnection::connect(&yardstick.url()).await;
        let mut connection = connecting.context("connecting to the yardstick")?;
        let length = Duration::from_secs(options.seconds.into());
        self.commits_p50_micros
            .push(commits(&mut connection, options.articles, length).await?);
        Ok(outcome.books.balanced)
    }

    /// For people.
    pub(crate) fn text(&self) -> String {
        let ratios: Vec<f64> = self.ratios();
        let ratio = median(&ratios);
        let verdict = if ratio <= RATIO_MAX {
            "reached"
        } else {
            "MISSED"
        };
        format!(
            "one idle client: a like takes {:.2} ms, its three commits {:.2} ms: ratio {ratio:.2}, demanded at most {RATIO_MAX}: {verdict}",
            median(&self.like_p50_micros) / 1e3,
            median(&self.commits_p50_micros) / 1e3,
        )
    }

    fn ratios(&self) -> Vec<f64> {
        let rounds = self.like_p50_micros.iter().zip(&self.commits_p50_micros);
        rounds.map(|(like, commits)| like / commits).collect()
    }
}

/// The median of three commits one after another, in microseconds.
async fn commits(connection: &mut PgConnection, articles: u32, length: Duration) -> Result<f64> {
    let mut times = latencies();
    let until = Instant::now() + length;
    for number in 0.. {
        let began = Instant::now();
        if began >= until {
            break;
        }
        three(connection, number, articles)
            .await
            .context("writing what a like writes")?;
        if number >= WARM_UP as i64 {
            times.saturating_record(u64::try_from(began.elapsed().as_micros())?.max(1));
        }
    }
    Ok(times.value_at_quantile(0.5) as f64)
}

/// What one like writes; outside a transaction, each statement is one.
async fn three(
    connection: &mut PgConnection,
    number: i64,
    articles: u32,
) -> Result<(), sqlx::Error> {
    let (id, article) = (IDENTITIES + number, 1 + number % i64::from(articles));
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
    fn the_ratio_is_taken_within_a_round() {
        let idle = Idle {
            like_p50_micros: vec![3_000.0, 6_000.0, 3_200.0],
            commits_p50_micros: vec![2_000.0, 4_000.0, 2_000.0],
        };
        assert!(
            idle.text()
                .ends_with("ratio 1.50, demanded at most 1.5: reached"),
            "{}",
            idle.text()
        );
        let slow = Idle {
            like_p50_micros: vec![3_100.0],
            commits_p50_micros: vec![2_000.0],
        };
        assert!(slow.text().ends_with("MISSED"), "{}", slow.text());
    }
}
