//! `cargo load pgbench`: Likewise compared with the baseline on one PostgreSQL, in one run.
//!
//! ```text
//! round ──► each cell: Likewise, then pgbench ──► idle client ──► batches
//! ```
//!
//! Machines differ and their speed drifts, so only ratios within a round are meaningful. Each round measures every cell once,
//! with Likewise and the baseline one right after the other. The differences between the rounds are the spread.

use anyhow::{Context, Result};
use comfy_table::Table;
use serde::Serialize;

use crate::{
    article_distribution::ArticleDistribution,
    baseline::{Baseline, Grouping},
    driver,
    idle_client::IdleClient,
    options::{Comparison, Engine, Load, Target},
    output,
    statistics::{median, spread},
    system::{self, System},
    text,
};

/// The numbers of connections that write batches.
const BATCH_CONNECTIONS: [u32; 2] = [1, 2];
/// The distributions of both parts of the table.
const DISTRIBUTIONS: [ArticleDistribution; 2] =
    [ArticleDistribution::Uniform, ArticleDistribution::Hot];

/// One row of the table: a number of clients and a distribution. The vectors have one entry per round.
#[derive(Debug, Serialize)]
struct Cell {
    clients: u32,
    mix: ArticleDistribution,
    /// Likes per second of Likewise.
    #[serde(rename = "ours")]
    likewise: Vec<f64>,
    /// Likes per second of the baseline with four transactions per like.
    #[serde(rename = "four")]
    baseline: Vec<f64>,
    p50_micros: Vec<u64>,
    p99_micros: Vec<u64>,
    /// Processor time per like, all processes together.
    cpu_micros: Vec<f64>,
}

/// The baseline's batches of a hundred.
#[derive(Debug, Serialize)]
struct Batches {
    connections: u32,
    mix: ArticleDistribution,
    likes_per_second: Vec<f64>,
}

#[derive(Debug, Serialize)]
struct Figures {
    cells: Vec<Cell>,
    #[serde(rename = "batched")]
    batches: Vec<Batches>,
    idle: IdleClient,
}

/// Measures and prints the ratios; returns whether the services were consistent every time.
///
/// # Errors
/// Something could not be started or measured.
pub(crate) async fn run(options: &Comparison) -> Result<bool> {
    let binary = system::binary(options.likewise.as_deref())?;
    let server = system::start_server(Engine::Postgres)?;
    let system = System::start(&Target::on_postgres(options.services), &binary, server, "")?;
    let baseline = Baseline {
        server: system.server().context("the system has no server")?,
    };
    baseline.create_database()?;
    let mut figures = Figures::empty(&options.clients);
    let mut is_consistent = true;
    for round in 1..=options.rounds {
        is_consistent &= figures
            .measure_round(round, options, &system, &baseline)
            .await?;
    }
    output::write_json(options.json.as_deref(), &figures)?;
    println!("{}\n{}", figures.table(), figures.idle.text());
    Ok(is_consistent)
}

impl Figures {
    fn empty(clients: &[u32]) -> Self {
        let cells = DISTRIBUTIONS.into_iter().flat_map(|mix| {
            clients
                .iter()
                .map(move |clients| Cell::empty(*clients, mix))
        });
        let batches = DISTRIBUTIONS.into_iter().flat_map(|mix| {
            BATCH_CONNECTIONS.map(|connections| Batches {
                connections,
                mix,
                likes_per_second: Vec::new(),
            })
        });
        Self {
            cells: cells.collect(),
            batches: batches.collect(),
            idle: IdleClient::default(),
        }
    }

    /// The order within a round is fixed. A drift of the machine then affects neighbouring measurements alike, and
    /// their ratio hardly.
    async fn measure_round(
        &mut self,
        round: u32,
        options: &Comparison,
        system: &System,
        baseline: &Baseline<'_>,
    ) -> Result<bool> {
        let (rounds, mut is_consistent) = (options.rounds, true);
        for cell in &mut self.cells {
            let (clients, mix) = (cell.clients, cell.mix);
            eprintln!("round {round} of {rounds}: {clients} clients, {mix:?}");
            is_consistent &= cell.measure(options, system, baseline).await?;
        }
        eprintln!("round {round} of {rounds}: one idle client");
        is_consistent &= self.idle.measure(options, system, baseline).await?;
        for batches in &mut self.batches {
            let articles = baseline_articles(options, batches.mix);
            let rate = baseline.measure(
                Grouping::Batches,
                batches.connections,
                articles,
                options.seconds,
            )?;
            batches.likes_per_second.push(rate);
        }
        Ok(is_consistent)
    }

    fn table(&self) -> Table {
        let mut table = text::table(&[
            "",
            "clients",
            "Likewise/s",
            "baseline/s",
            "ratio",
            "spread",
            "p50 ms",
            "p99 ms",
            "CPU µs",
        ]);
        for cell in &self.cells {
            table.add_row(cell.table_row());
        }
        for batches in &self.batches {
            table.add_row([
                format!("{:?}, batches of 100", batches.mix),
                batches.connections.to_string(),
                String::new(),
                format!("{:.0}", median(&batches.likes_per_second)),
            ]);
        }
        table
    }
}

/// The number of the baseline's articles. A hot article is its only one.
///
/// A Zipf distribution has no counterpart in the script, so it is compared with the uniform one.
fn baseline_articles(options: &Comparison, mix: ArticleDistribution) -> u32 {
    match mix {
        ArticleDistribution::Hot => 1,
        ArticleDistribution::Uniform | ArticleDistribution::Zipf => options.articles,
    }
}

impl Cell {
    fn empty(clients: u32, mix: ArticleDistribution) -> Self {
        Self {
            clients,
            mix,
            likewise: Vec::new(),
            baseline: Vec::new(),
            p50_micros: Vec::new(),
            p99_micros: Vec::new(),
            cpu_micros: Vec::new(),
        }
    }

    async fn measure(
        &mut self,
        options: &Comparison,
        system: &System,
        baseline: &Baseline<'_>,
    ) -> Result<bool> {
        let load = Load {
            clients: self.clients,
            mix: self.mix,
            seconds: options.seconds,
            articles: options.articles,
            ..Load::likes()
        };
        let report = driver::run(&load, system).await?;
        self.likewise.push(report.writes_per_second);
        self.p50_micros.push(report.write_latencies.p50_micros);
        self.p99_micros.push(report.write_latencies.p99_micros);
        self.cpu_micros.push(report.cpu_micros_per_request());
        text::warn_if_inconsistent(&report.consistency);
        let articles = baseline_articles(options, self.mix);
        let rate = baseline.measure(
            Grouping::FourPerLike,
            self.clients,
            articles,
            options.seconds,
        )?;
        self.baseline.push(rate);
        Ok(report.consistency.is_consistent)
    }

    fn ratios(&self) -> Vec<f64> {
        let rounds = self.likewise.iter().zip(&self.baseline);
        rounds
            .map(|(likewise, baseline)| likewise / baseline)
            .collect()
    }

    fn table_row(&self) -> Vec<String> {
        let ratios = self.ratios();
        let millis = |micros: &[u64]| {
            let micros: Vec<f64> = micros.iter().map(|micros| *micros as f64).collect();
            format!("{:.1}", median(&micros) / 1e3)
        };
        vec![
            format!("{:?}, four transactions per like", self.mix),
            self.clients.to_string(),
            format!("{:.0}", median(&self.likewise)),
            format!("{:.0}", median(&self.baseline)),
            format!("{:.2}", median(&ratios)),
            spread(&ratios),
            millis(&self.p50_micros),
            millis(&self.p99_micros),
            format!("{:.0}", median(&self.cpu_micros)),
        ]
    }
}
