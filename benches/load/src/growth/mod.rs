//! `cargo load growth`: what a like costs with more data and with more clients.
//!
//! ```text
//! one server ──► a system per size, filled by SQL ──► rounds: each size, then each number of clients ──► medians
//! ```
//!
//! Sizes are measured in turn, round after round, so that a drift in the machine's speed affects all of them. A small size would
//! grow noticeably during its measurement, so its system is created again in every round.
//!
//! Where to read next: `filled_systems.rs` creates the systems, `figures.rs` is the result, `table.rs` renders it.

mod disk_space;
mod figures;
mod filled_systems;
mod filler;
mod plot;
mod readme;
mod stored_data;
mod table;

use anyhow::{Result, ensure};

use crate::{
    driver,
    options::{Growth, Load},
    output,
    system::System,
    text,
};

use figures::{Cell, Figures};
use filled_systems::FilledSystems;

/// Seconds of load before each measurement.
const WARM_UP_SECONDS: u32 = 1;
/// Below this size a system would grow by more than a few per cent during its measurement.
const REUSED_FROM: u64 = 500_000;

/// Measures and writes the figures; returns whether everything was consistent and the largest size was fast enough.
///
/// # Errors
/// Something could not be started, filled or measured, or the disk is too small.
pub(crate) async fn run(options: &Growth) -> Result<bool> {
    ensure!(
        !options.sizes.is_empty() && !options.clients.is_empty(),
        "nothing to measure: set --sizes and --clients"
    );
    let systems = FilledSystems::prepare(options)?;
    let data: Vec<_> = options
        .sizes
        .iter()
        .map(|size| systems.data(*size))
        .collect();
    let log_gigabytes = options.max_wal_gigabytes.unwrap_or(1);
    disk_space::require(&systems.folder(), &data, log_gigabytes)?;
    let mut figures = Figures::empty(options);
    let reused = create_large(options, &systems).await?;
    for round in 1..=options.rounds {
        figures.is_consistent &=
            measure_round(round, options, &systems, &reused, &mut figures).await?;
    }
    output::write_json(options.json.as_deref(), &figures)?;
    println!("{}", figures.text());
    if options.write {
        readme::write(&figures)?;
    }
    Ok(figures.is_consistent && figures.is_flat())
}

/// Creates the systems that are used in every round, in the order of the sizes.
///
/// Filling takes minutes, so a large system is filled once. It grows little in each round.
async fn create_large(
    options: &Growth,
    systems: &FilledSystems<'_>,
) -> Result<Vec<Option<System>>> {
    let mut reused = Vec::new();
    for size in &options.sizes {
        reused.push(match *size {
            size if size < REUSED_FROM => None,
            size => Some(systems.create(size).await?),
        });
    }
    Ok(reused)
}

/// Measures every cell once; returns whether everything was consistent.
async fn measure_round(
    round: u32,
    options: &Growth,
    systems: &FilledSystems<'_>,
    reused: &[Option<System>],
    figures: &mut Figures,
) -> Result<bool> {
    let (rounds, mut is_consistent) = (options.rounds, true);
    for (cell, reused) in figures.sizes.iter_mut().zip(reused) {
        eprintln!("round {round} of {rounds}: {} likes stored", cell.of);
        let created = match reused {
            Some(_) => None,
            None => Some(systems.create(cell.of).await?),
        };
        if let Some(system) = reused.as_ref().or(created.as_ref()) {
            is_consistent &= measure(systems, system, options, options.size_clients, cell).await?;
        }
    }
    let system = systems.create(options.clients_size).await?;
    for cell in &mut figures.clients {
        eprintln!("round {round} of {rounds}: {} clients", cell.of);
        let clients = u32::try_from(cell.of).unwrap_or(u32::MAX);
        is_consistent &= measure(systems, &system, options, clients, cell).await?;
    }
    Ok(is_consistent)
}

/// Measures one cell once; returns whether the services were consistent.
async fn measure(
    systems: &FilledSystems<'_>,
    system: &System,
    options: &Growth,
    clients: u32,
    cell: &mut Cell,
) -> Result<bool> {
    let load = Load {
        clients,
        seconds: options.seconds,
        warm_up: WARM_UP_SECONDS,
        ..Load::likes()
    };
    let before = systems.wal_bytes()?;
    let report = driver::run(&load, system).await?;
    let after = systems.wal_bytes()?;
    let wal_bytes = before.zip(after).map(|(before, after)| after - before);
    cell.add(&report, wal_bytes);
    text::warn_if_inconsistent(&report.consistency);
    Ok(report.consistency.is_consistent)
}
