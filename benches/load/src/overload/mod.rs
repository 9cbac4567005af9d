//! `cargo load overload`: sends twice the load that the services can carry, and judges throughput, refusals and recovery.
//!
//! ```text
//! closed loop, more and more clients ──► peak
//! open loop:  half the peak ──► twice the peak ──► half the peak        one load, one consistency check
//! closed loop again ──► peak, because the speed of the machine may drift
//! ```
//!
//! Where to read next: `window.rs` summarises a part of the load, `recovery.rs` finds when latencies were normal again,
//! `thresholds.rs` lists the demands, `figures.rs` is the result.

mod figures;
mod recovery;
mod thresholds;
mod window;

use anyhow::{Result, ensure};

use crate::{
    driver,
    options::{Load, Overload},
    output,
    process_usage::{self, ProcessMonitor},
    schedule::Phase,
    system::System,
};

use figures::Figures;

/// The numbers of clients in the search for the peak. More clients than the services admit would be an overload already.
const CLIENTS: [u32; 3] = [64, 256, 1_024];
/// The length of the phases at half the peak, in seconds.
const HALF_PEAK_SECONDS: u32 = 10;
/// The smallest usable peak: half of it must be at least one request per second.
const PEAK_MIN: f64 = 2.0;

/// Measures and prints the thresholds; returns whether all were met.
///
/// # Errors
/// Something could not be started or measured.
pub(crate) async fn run(options: &Overload) -> Result<bool> {
    let system = System::open(&options.target)?;
    let load = Load {
        clients: options.connections,
        articles: options.articles,
        mix: options.mix,
        ..Load::likes()
    };
    let search = search_peak(options, &load, &system).await?;
    let (clients, peak_before) = *search
        .iter()
        .max_by(|one, other| one.1.total_cmp(&other.1))
        .expect("the table of clients is not empty");
    ensure!(
        peak_before >= PEAK_MIN,
        "the services carry out almost nothing: {peak_before} likes per second"
    );
    let phases = phases(peak_before, options.seconds);
    let before = ProcessorTime::now();
    eprintln!(
        "open loop: {} per second, then {} for {} s, then {}",
        phases[0].rate, phases[1].rate, phases[1].seconds, phases[2].rate
    );
    let (report, samples) = driver::run_phases(&load, &system, &phases).await?;
    let used = ProcessorTime::now().since(before);
    let mut figures = Figures::of_phases(search, peak_before, &phases, report, &samples);
    figures.peak_after = rate_of(options, &load, &system, clients).await?;
    let micros = 1e6 * f64::from(phases.iter().map(|phase| phase.seconds).sum::<u32>());
    figures.generator_share = used.generator_micros as f64 / micros;
    let known_share = figures.generator_share + figures.system_share;
    figures.others_share = (used.machine_micros as f64 / micros - known_share).max(0.0);
    figures.thresholds = thresholds::of(&figures);
    output::write_json(options.json.as_deref(), &figures)?;
    print!("{}", figures.text());
    Ok(figures.thresholds.iter().all(|threshold| threshold.is_met))
}

/// Likes per second of each number of clients.
async fn search_peak(options: &Overload, load: &Load, system: &System) -> Result<Vec<(u32, f64)>> {
    let mut found = Vec::new();
    for clients in CLIENTS {
        let rate = rate_of(options, load, system, clients).await?;
        eprintln!("closed loop, {clients} clients: {rate:.0} per second");
        found.push((clients, rate));
    }
    Ok(found)
}

/// Likes per second of this number of clients in the closed loop.
///
/// In a closed loop each client waits for its reply, so the load never exceeds what the services can carry for long.
async fn rate_of(options: &Overload, load: &Load, system: &System, clients: u32) -> Result<f64> {
    let load = Load {
        clients,
        seconds: options.peak_seconds,
        ..load.clone()
    };
    Ok(driver::run(&load, system).await?.writes_per_second)
}

/// Half the peak, twice the peak, half the peak.
///
/// The last phase is as light as the first one, so that latencies can become normal again while there is load to
/// measure them with.
fn phases(peak: f64, seconds: u32) -> [Phase; 3] {
    let times = |factor: f64| (peak * factor).round() as u32;
    let half_peak = Phase {
        rate: times(0.5),
        seconds: HALF_PEAK_SECONDS,
    };
    let overload = Phase {
        rate: times(2.0),
        seconds,
    };
    [half_peak, overload, half_peak]
}

/// Processor time of this program and of the whole machine, in microseconds.
#[derive(Clone, Copy)]
struct ProcessorTime {
    generator_micros: u64,
    machine_micros: u64,
}

impl ProcessorTime {
    fn now() -> Self {
        let generator = ProcessMonitor {
            name: "load generator",
            process: std::process::id(),
            with_children: false,
        };
        Self {
            generator_micros: generator.usage().cpu_micros,
            machine_micros: process_usage::of_machine(),
        }
    }

    fn since(self, before: Self) -> Self {
        Self {
            generator_micros: self
                .generator_micros
                .saturating_sub(before.generator_micros),
            machine_micros: self.machine_micros.saturating_sub(before.machine_micros),
        }
    }
}
