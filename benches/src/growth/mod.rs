//! `cargo load growth`: what a like costs as more is stored, and as more clients ask.
//!
//! ```text
//!  one server ──► a system for each size, filled by SQL ──► rounds: each size, then each number of clients ──► medians
//! ```
//!
//! Sizes are measured in turn, round after round, so that a machine that drifts drifts for all. A small size would grow
//! while it is measured: it is made anew in every round.

mod disk;
mod fill;
mod plot;
mod readme;
mod table;

use std::{path::PathBuf, rc::Rc};

use anyhow::{Context, Result, bail};
use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;
use xtask::postgres::TemporaryPostgres;

use crate::{
    drive,
    options::{Growth, Load, Services, Target},
    show,
    system::{self, System},
};

use fill::Stock;

/// Seconds before each measurement.
const WARM_UP_SECONDS: u32 = 1;
/// After each checkpoint PostgreSQL logs a page whole when it is first written to, and new pairs are written all over their
/// index. So that not the first moments after the filling are measured, a filled system carries a load until most of
/// its pages have been logged: so many clients, and so many seconds for each million of likes.
const SETTLING_CLIENTS: u32 = 256;
const SETTLING_SECONDS_A_MILLION: u64 = 2;
const LOGGED: &str = "SELECT pg_current_wal_insert_lsn() - '0/0'::pg_lsn";
/// A size that would grow by more than a few per cent while it is measured.
const REMADE_BELOW: u64 = 500_000;

/// One row of a table.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Cell {
    /// Likes stored before, or clients.
    pub(super) of: u64,
    /// A round each.
    pub(super) likes_per_second: Vec<f64>,
    /// Processor time a like, the services' and the database server's.
    pub(super) cpu_micros: Vec<f64>,
    pub(super) p50_micros: Vec<f64>,
    pub(super) p99_micros: Vec<f64>,
    /// What PostgreSQL logs ahead for a like, in bytes; empty on SQLite.
    pub(super) wal_bytes: Vec<f64>,
}

/// What came of it.
#[derive(Debug, Serialize)]
pub(super) struct Figures {
    pub(super) engine: String,
    pub(super) clients_of_sizes: u32,
    pub(super) size_of_clients: u64,
    pub(super) sagas_max: u64,
    pub(super) max_wal_gigabytes: Option<u32>,
    pub(super) rounds: u32,
    pub(super) seconds: u32,
    pub(super) sizes: Vec<Cell>,
    pub(super) clients: Vec<Cell>,
    pub(super) balanced: bool,
}

/// Measures, and writes; whether the books balanced and the largest size is fast enough.
///
/// # Errors
/// Something could not be started, filled or measured; or there is no room on the disk.
pub(crate) async fn run(options: &Growth) -> Result<bool> {
    let bench = Bench::start(options)?;
    let stocks: Vec<Stock> = options
        .sizes
        .iter()
        .map(|size| bench.stock(*size))
        .collect();
    let log_gigabytes = options.max_wal_gigabytes.unwrap_or(1);
    disk::require(&bench.folder(), &stocks, log_gigabytes)?;
    let mut figures = bench.figures();
    let kept = bench.fill_large().await?;
    for round in 1..=options.rounds {
        for (cell, kept) in figures.sizes.iter_mut().zip(&kept) {
            eprintln!(
                "round {round} of {}: {} likes stored",
                options.rounds, cell.of
            );
            let made = match kept {
                Some(_) => None,
                None => Some(bench.filled(cell.of).await?),
            };
            if let Some(system) = kept.as_ref().or(made.as_ref()) {
                figures.balanced &= bench.measure(system, options.size_clients, cell).await?;
            }
        }
        let system = bench.filled(options.clients_size).await?;
        for cell in &mut figures.clients {
            eprintln!("round {round} of {}: {} clients", options.rounds, cell.of);
            let clients = u32::try_from(cell.of).unwrap_or(u32::MAX);
            figures.balanced &= bench.measure(&system, clients, cell).await?;
        }
    }
    show::json(options.json.as_deref(), &figures)?;
    println!("{}", figures.text());
    if options.write {
        readme::write(&figures)?;
    }
    Ok(figures.balanced && figures.is_flat())
}

/// What is needed to make systems and to measure them.
struct Bench<'o> {
    options: &'o Growth,
    binary: PathBuf,
    server: Option<Rc<TemporaryPostgres>>,
}

impl<'o> Bench<'o> {
    fn start(options: &'o Growth) -> Result<Self> {
        if options.sizes.is_empty() || options.clients.is_empty() {
            bail!("nothing is asked for: give --sizes and --clients");
        }
        let binary = match &options.likewise {
            Some(binary) => binary.clone(),
            None => system::build()?,
        };
        let server = system::server(options.engine)?;
        if let (Some(server), Some(size)) = (&server, options.max_wal_gigabytes) {
            let set = format!("ALTER SYSTEM SET max_wal_size = '{size}GB'");
            for statement in [&set, "SELECT pg_reload_conf()"] {
                server.run_program("psql", &["--quiet"], "postgres", statement)?;
            }
        }
        Ok(Self {
            options,
            binary,
            server,
        })
    }

    fn folder(&self) -> PathBuf {
        let server = self.server.as_ref();
        server.map_or_else(std::env::temp_dir, |server| server.folder().to_owned())
    }

    fn stock(&self, likes: u64) -> Stock {
        Stock {
            likes,
            sagas: likes.min(self.options.sagas),
        }
    }

    /// The systems that last, in the order of the sizes.
    async fn fill_large(&self) -> Result<Vec<Option<System>>> {
        let mut systems = Vec::new();
        for size in &self.options.sizes {
            systems.push(match *size {
                size if size < REMADE_BELOW => None,
                size => Some(self.filled(size).await?),
            });
        }
        Ok(systems)
    }

    /// A new system with so much in it; one of the same size must be gone.
    async fn filled(&self, likes: u64) -> Result<System> {
        let target = Target {
            services: Services::Three,
            engine: self.options.engine,
            ..Target::on_postgres(Services::Three)
        };
        let name = format!("_{likes}");
        let system = System::start_on(&target, &self.binary, self.server.clone(), &name)?;
        // The rows that the others follow, and warm connections.
        let first = Load {
            seconds: 1,
            articles: fill::ARTICLES,
            ..Load::likes()
        };
        drive::run(&first, &system).await?;
        let stock = self.stock(likes);
        let bar = progress(stock);
        fill::fill(&system, stock, &bar).await?;
        bar.finish_and_clear();
        let seconds = likes * SETTLING_SECONDS_A_MILLION / 1_000_000;
        if seconds > 0 {
            let settling = Load {
                clients: SETTLING_CLIENTS,
                seconds: u32::try_from(seconds)?,
                ..Load::likes()
            };
            drive::run(&settling, &system).await?;
        }
        Ok(system)
    }

    async fn measure(&self, system: &System, clients: u32, cell: &mut Cell) -> Result<bool> {
        let load = Load {
            clients,
            seconds: self.options.seconds,
            warm_up: WARM_UP_SECONDS,
            ..Load::likes()
        };
        let logged = self.logged_bytes()?;
        let outcome = drive::run(&load, system).await?;
        if let (Some(before), Some(after)) = (logged, self.logged_bytes()?) {
            // The warm-up's likes are in the books as well.
            let likes = outcome.books.acknowledged.max(1) as f64;
            cell.wal_bytes.push((after - before) / likes);
        }
        cell.likes_per_second.push(outcome.writes_per_second);
        cell.p50_micros.push(outcome.writes.p50_micros as f64);
        cell.p99_micros.push(outcome.writes.p99_micros as f64);
        let cpu = outcome.processes.iter();
        cell.cpu_micros
            .push(cpu.map(|process| process.cpu_micros_a_request).sum());
        for difference in &outcome.books.differences {
            eprintln!("THE BOOKS DO NOT BALANCE: {difference}");
        }
        Ok(outcome.books.balanced)
    }

    /// What the server has logged ahead since it was made.
    fn logged_bytes(&self) -> Result<Option<f64>> {
        let Some(server) = &self.server else {
            return Ok(None);
        };
        let options = ["--quiet", "--no-align", "--tuples-only"];
        let said = server.run_program("psql", &options, "postgres", LOGGED)?;
        Ok(Some(
            said.trim()
                .parse()
                .context("reading what was logged ahead")?,
        ))
    }

    fn figures(&self) -> Figures {
        let cells = |all: Vec<u64>| {
            let cell = |of| Cell {
                of,
                likes_per_second: Vec::new(),
                cpu_micros: Vec::new(),
                p50_micros: Vec::new(),
                p99_micros: Vec::new(),
                wal_bytes: Vec::new(),
            };
            all.into_iter().map(cell).collect()
        };
        Figures {
            engine: format!("{:?}", self.options.engine),
            clients_of_sizes: self.options.size_clients,
            size_of_clients: self.options.clients_size,
            sagas_max: self.options.sagas,
            max_wal_gigabytes: self.options.max_wal_gigabytes,
            rounds: self.options.rounds,
            seconds: self.options.seconds,
            sizes: cells(self.options.sizes.clone()),
            clients: cells(
                self.options
                    .clients
                    .iter()
                    .map(|clients| u64::from(*clients))
                    .collect(),
            ),
            balanced: true,
        }
    }
}

fn progress(stock: Stock) -> ProgressBar {
    let rows = stock.rows_in_all();
    if rows == 0 {
        return ProgressBar::hidden();
    }
    eprintln!(
        "storing {} likes and {} finished sagas",
        stock.likes, stock.sagas
    );
    let style =
        ProgressStyle::with_template("{bar:30} {human_pos} of {human_len} rows, {eta} left");
    ProgressBar::new(rows).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}
