//! The figures of growth: one cell per size and per number of clients. Serialised to JSON, where scripts read them.

use serde::Serialize;

use crate::{load_report::LoadReport, options::Growth};

/// One row of a table. The vectors have one entry per round.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Cell {
    /// Likes stored before the measurement, or clients.
    pub(super) of: u64,
    pub(super) likes_per_second: Vec<f64>,
    /// Processor time per like, of the services and the database server.
    pub(super) cpu_micros: Vec<f64>,
    pub(super) p50_micros: Vec<f64>,
    pub(super) p99_micros: Vec<f64>,
    /// Bytes of PostgreSQL's write-ahead log per like; empty on SQLite.
    pub(super) wal_bytes: Vec<f64>,
}

/// Everything that `cargo load growth` measures.
#[derive(Debug, Serialize)]
pub(super) struct Figures {
    pub(super) engine: String,
    /// The clients of every size, so that only the size differs.
    pub(super) clients_of_sizes: u32,
    /// The likes stored in every measurement over clients.
    pub(super) size_of_clients: u64,
    /// The most finished sagas that any size stores.
    pub(super) sagas_max: u64,
    /// `None`: PostgreSQL's default.
    pub(super) max_wal_gigabytes: Option<u32>,
    pub(super) rounds: u32,
    /// The length of one measurement.
    pub(super) seconds: u32,
    pub(super) sizes: Vec<Cell>,
    pub(super) clients: Vec<Cell>,
    #[serde(rename = "balanced")]
    pub(super) is_consistent: bool,
}

impl Cell {
    pub(super) fn empty(of: u64) -> Self {
        Self {
            of,
            likes_per_second: Vec::new(),
            cpu_micros: Vec::new(),
            p50_micros: Vec::new(),
            p99_micros: Vec::new(),
            wal_bytes: Vec::new(),
        }
    }

    /// Adds the figures of one round. The bytes of the write-ahead log are those of the warm-up and the measurement.
    pub(super) fn add(&mut self, report: &LoadReport, wal_bytes: Option<f64>) {
        self.likes_per_second.push(report.writes_per_second);
        self.p50_micros
            .push(report.write_latencies.p50_micros as f64);
        self.p99_micros
            .push(report.write_latencies.p99_micros as f64);
        self.cpu_micros.push(report.cpu_micros_per_request());
        // The likes of the warm-up are acknowledged as well, so the ratio fits.
        let likes = report.consistency.acknowledged.max(1) as f64;
        self.wal_bytes.extend(wal_bytes.map(|bytes| bytes / likes));
    }
}

impl Figures {
    pub(super) fn empty(options: &Growth) -> Self {
        Self {
            engine: format!("{:?}", options.engine),
            clients_of_sizes: options.size_clients,
            size_of_clients: options.clients_size,
            sagas_max: options.sagas,
            max_wal_gigabytes: options.max_wal_gigabytes,
            rounds: options.rounds,
            seconds: options.seconds,
            sizes: options.sizes.iter().copied().map(Cell::empty).collect(),
            clients: options
                .clients
                .iter()
                .map(|clients| Cell::empty(u64::from(*clients)))
                .collect(),
            is_consistent: true,
        }
    }
}
