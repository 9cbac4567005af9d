//! `cargo load limit`: ours beside the yardstick, in turn, on one PostgreSQL in one run.
//!
//! Machines differ and drift, so only ratios within a round mean something: each round measures
//! every cell once, ours and the yardstick's right after each other, and the rounds tell the spread.

use anyhow::{Context, Result};
use comfy_table::{CellAlignment, Table, presets};
use serde::Serialize;

use crate::{
    drive,
    idle::Idle,
    mix::Spread,
    options::{Engine, Limit, Load, Target},
    pgbench::{Row, Yardstick},
    show,
    system::{self, System},
};

/// Connections that write batches.
const BATCHERS: [u32; 2] = [1, 2];

/// One row of the table.
#[derive(Debug, Serialize)]
struct Cell {
    clients: u32,
    mix: Spread,
    /// Likes a second, a round each.
    ours: Vec<f64>,
    /// Four transactions a like, likewise.
    four: Vec<f64>,
    p50_micros: Vec<u64>,
    p99_micros: Vec<u64>,
    /// Processor time a like, all processes together.
    cpu_micros: Vec<f64>,
}

/// Batches of a hundred.
#[derive(Debug, Serialize)]
struct Batched {
    connections: u32,
    mix: Spread,
    likes_per_second: Vec<f64>,
}

#[derive(Debug, Serialize)]
struct Figures {
    cells: Vec<Cell>,
    batched: Vec<Batched>,
    idle: Idle,
}

/// Measures, and shows the ratios; whether the books balanced every time.
///
/// # Errors
/// Something could not be started or measured.
pub(crate) async fn run(options: &Limit) -> Result<bool> {
    let binary = match &options.likewise {
        Some(binary) => binary.clone(),
        None => system::build()?,
    };
    let server = system::server(Engine::Postgres)?;
    let system = System::start_on(&Target::on_postgres(options.services), &binary, server, "")?;
    let yardstick = Yardstick {
        server: system.server().context("the server is there")?,
    };
    yardstick.prepare()?;
    let mut figures = Figures {
        cells: cells(&options.clients),
        batched: batched(),
        idle: Idle::default(),
    };
    let mut balanced = true;
    for round in 1..=options.rounds {
        for cell in &mut figures.cells {
            eprintln!(
                "round {round} of {}: {} clients, {:?}",
                options.rounds, cell.clients, cell.mix
            );
            balanced &= cell.measure(options, &system, &yardstick).await?;
        }
        eprintln!("round {round} of {}: one idle client", options.rounds);
        balanced &= figures.idle.measure(options, &system, &yardstick).await?;
        for batched in &mut figures.batched {
            let articles = articles(options, batched.mix);
            let figure =
                yardstick.measure(Row::Batched, batched.connections, articles, options.seconds)?;
            batched.likes_per_second.push(figure);
        }
    }
    show::json(options.json.as_deref(), &figures)?;
    println!("{}\n{}", figures.table(), figures.idle.text());
    Ok(balanced)
}

fn cells(clients: &[u32]) -> Vec<Cell> {
    let mixes = [Spread::Uniform, Spread::Hot];
    let all = mixes
        .into_iter()
        .flat_map(|mix| clients.iter().map(move |clients| (*clients, mix)));
    all.map(|(clients, mix)| Cell {
        clients,
        mix,
        ours: Vec::new(),
        four: Vec::new(),
        p50_micros: Vec::new(),
        p99_micros: Vec::new(),
        cpu_micros: Vec::new(),
    })
    .collect()
}

fn batched() -> Vec<Batched> {
    let mixes = [Spread::Uniform, Spread::Hot];
    let all = mixes
        .into_iter()
        .flat_map(|mix| BATCHERS.map(|connections| (connections, mix)));
    all.map(|(connections, mix)| Batched {
        connections,
        mix,
        likes_per_second: Vec::new(),
    })
    .collect()
}

/// For the yardstick, one hot article is the only one.
fn articles(options: &Limit, mix: Spread) -> u32 {
    match mix {
        Spread::Hot => 1,
        Spread::Uniform | Spread::Zipf => options.articles,
    }
}

impl Cell {
    async fn measure(
        &mut self,
        options: &Limit,
        system: &System,
        yardstick: &Yardstick<'_>,
    ) -> Result<bool> {
        let load = Load {
            clients: self.clients,
            mix: self.mix,
            seconds: options.seconds,
            articles: options.articles,
            ..Load::likes()
        };
        let outcome = drive::run(&load, system).await?;
        self.ours.push(outcome.writes_per_second);
        self.p50_micros.push(outcome.writes.p50_micros);
        self.p99_micros.push(outcome.writes.p99_micros);
        let cpu = outcome
            .processes
            .iter()
            .map(|process| process.cpu_micros_a_request);
        self.cpu_micros.push(cpu.sum());
        for difference in &outcome.books.differences {
            eprintln!("THE BOOKS DO NOT BALANCE: {difference}");
        }
        let articles = articles(options, self.mix);
        let four = yardstick.measure(Row::Four, self.clients, articles, options.seconds)?;
        self.four.push(four);
        Ok(outcome.books.balanced)
    }

    fn ratios(&self) -> Vec<f64> {
        self.ours
            .iter()
            .zip(&self.four)
            .map(|(ours, four)| ours / four)
            .collect()
    }
}

impl Figures {
    fn table(&self) -> Table {
        let mut table = Table::new();
        table.load_preset(presets::NOTHING).set_header([
            "",
            "clients",
            "ours/s",
            "yardstick/s",
            "ratio",
            "spread",
            "p50 ms",
            "p99 ms",
            "CPU µs",
        ]);
        for cell in &self.cells {
            let ratios = cell.ratios();
            let millis = |micros: &[u64]| {
                let micros: Vec<f64> = micros.iter().map(|micros| *micros as f64).collect();
                format!("{:.1}", median(&micros) / 1e3)
            };
            table.add_row([
                format!("{:?}, four transactions a like", cell.mix),
                cell.clients.to_string(),
                format!("{:.0}", median(&cell.ours)),
                format!("{:.0}", median(&cell.four)),
                format!("{:.2}", median(&ratios)),
                format!(
                    "{:.2} to {:.2}",
                    least(&ratios),
                    -least(&ratios.iter().map(|ratio| -ratio).collect::<Vec<_>>())
                ),
                millis(&cell.p50_micros),
                millis(&cell.p99_micros),
                format!("{:.0}", median(&cell.cpu_micros)),
            ]);
        }
        for batched in &self.batched {
            table.add_row([
                format!("{:?}, batches of 100", batched.mix),
                batched.connections.to_string(),
                String::new(),
                format!("{:.0}", median(&batched.likes_per_second)),
            ]);
        }
        for column in table.column_iter_mut().skip(1) {
            column.set_cell_alignment(CellAlignment::Right);
        }
        table
    }
}

/// The middle one; the lower of two.
pub(crate) fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted
        .get(sorted.len().saturating_sub(1) / 2)
        .copied()
        .unwrap_or(0.0)
}

fn least(values: &[f64]) -> f64 {
    values.iter().copied().fold(f64::INFINITY, f64::min)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_the_middle_one() {
        assert_eq!(median(&[3.0, 1.0, 2.0]), 2.0);
        assert_eq!(median(&[2.0, 1.0]), 1.0);
        assert_eq!(median(&[]), 0.0);
    }
}
