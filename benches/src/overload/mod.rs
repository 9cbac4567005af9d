//! `cargo load overload`: twice the load that the services can carry, and what becomes of it.
//!
//! ```text
//!  closed loop, more and more clients ──► peak
//!  open loop:  half the peak ──► twice the peak ──► half the peak        one load, one set of books
//!  closed loop again ──► peak, for the machine may have changed meanwhile
//! ```
//!
//! `moment.rs` judges a stretch of the load, `recovery.rs` when it was normal again, `bars.rs` what is demanded.

mod bars;
mod moment;
mod recovery;

use anyhow::{Result, ensure};
use serde::Serialize;

use crate::{
    audit::Books,
    drive,
    options::{Load, Overload},
    outcome::Outcome,
    samples::Sample,
    schedule::Leg,
    series::Row,
    show,
    system::System,
    usage::{self, Watched},
};

use bars::Bar;
use moment::Moment;
use recovery::Recovery;

/// Clients among which the peak is looked for: more than find room would be an overload themselves.
const CLIENTS: [u32; 3] = [64, 256, 1_024];
/// Seconds at half the peak, before and after.
const CALM_SECONDS: u32 = 10;
/// Seconds of the overload until the room for requests is full and the figures stand for what follows.
const FILL_SECONDS: u32 = 2;
/// The least of the peak that may be sent: a rate cannot be nothing.
const RATE_MIN: f64 = 2.0;

/// What came of it.
#[derive(Debug, Serialize)]
struct Figures {
    system: String,
    /// Clients and likes a second, in the closed loop.
    search: Vec<(u32, f64)>,
    /// The most of them, and what the same clients reached afterwards.
    peak_before: f64,
    peak_after: f64,
    offered_per_second: u32,
    /// At half the peak, before.
    calm: Moment,
    /// At twice the peak.
    overload: Moment,
    recovery: Recovery,
    /// Memory of the services in the second and in the last quarter of the overload, in bytes.
    resident_early_bytes: u64,
    resident_late_bytes: u64,
    /// Processor time during the open loop, as shares of one core: the load generator's, the services' and the database
    /// server's, and everybody else's, who should have none.
    generator_share: f64,
    system_share: f64,
    others_share: f64,
    unexpected: std::collections::BTreeMap<u16, u64>,
    in_doubt: u64,
    books: Books,
    bars: Vec<Bar>,
    series: Vec<Row>,
}

/// Measures, and shows the bars; whether all were reached.
///
/// # Errors
/// Something could not be started or measured.
pub(crate) async fn run(options: &Overload) -> Result<bool> {
    let system = System::of(&options.target)?;
    let load = Load {
        clients: options.connections,
        articles: options.articles,
        mix: options.mix,
        ..Load::likes()
    };
    let search = search(options, &load, &system).await?;
    let (clients, peak_before) = *search
        .iter()
        .max_by(|one, other| one.1.total_cmp(&other.1))
        .expect("the table of clients is not empty");
    ensure!(
        peak_before >= RATE_MIN,
        "nearly nothing is carried out: {peak_before} likes a second"
    );
    let legs = legs(peak_before, options.seconds);
    let before = (generator().usage(), usage::of_machine());
    eprintln!(
        "open loop: {} a second, then {} for {} s, then {}",
        legs[0].rate, legs[1].rate, legs[1].seconds, legs[2].rate
    );
    let (outcome, samples) = drive::in_legs(&load, &system, &legs).await?;
    let after = (generator().usage(), usage::of_machine());
    let peak_after = peak(options, &load, &system, clients).await?;
    let mut figures = figures(search, peak_before, &legs, outcome, &samples);
    figures.peak_after = peak_after;
    let seconds: u32 = legs.iter().map(|leg| leg.seconds).sum();
    let share =
        |before: u64, after: u64| after.saturating_sub(before) as f64 / 1e6 / f64::from(seconds);
    figures.generator_share = share(before.0.cpu_micros, after.0.cpu_micros);
    let known = figures.generator_share + figures.system_share;
    figures.others_share = (share(before.1, after.1) - known).max(0.0);
    figures.bars = bars::of(&figures);
    show::json(options.json.as_deref(), &figures)?;
    print!("{}", figures.text());
    Ok(figures.bars.iter().all(|bar| bar.is_reached))
}

/// Likes a second of more and more clients.
async fn search(options: &Overload, load: &Load, system: &System) -> Result<Vec<(u32, f64)>> {
    let mut found = Vec::new();
    for clients in CLIENTS {
        let reached = peak(options, load, system, clients).await?;
        eprintln!("closed loop, {clients} clients: {reached:.0} a second");
        found.push((clients, reached));
    }
    Ok(found)
}

async fn peak(options: &Overload, load: &Load, system: &System, clients: u32) -> Result<f64> {
    let load = Load {
        clients,
        seconds: options.peak_seconds,
        ..load.clone()
    };
    Ok(drive::run(&load, system).await?.writes_per_second)
}

/// Half the peak, twice the peak, half the peak.
fn legs(peak: f64, seconds: u32) -> [Leg; 3] {
    let times = |factor: f64| (peak * factor).round() as u32;
    let calm = Leg {
        rate: times(0.5),
        seconds: CALM_SECONDS,
    };
    let hard = Leg {
        rate: times(2.0),
        seconds,
    };
    [calm, hard, calm]
}

fn generator() -> Watched {
    Watched {
        name: "load generator",
        process: std::process::id(),
        with_children: false,
    }
}

fn figures(
    search: Vec<(u32, f64)>,
    peak: f64,
    legs: &[Leg; 3],
    outcome: Outcome,
    samples: &[Sample],
) -> Figures {
    let micros = |seconds: u32| u64::from(seconds) * 1_000_000;
    let hard = legs[0].seconds;
    let over = hard + legs[1].seconds;
    let end = over + legs[2].seconds;
    let calm = Moment::of(samples, micros(FILL_SECONDS)..micros(hard));
    let resident = |from: u32, to: u32| {
        let rows = outcome.series.iter();
        let within = rows.filter(|row| row.second > from && row.second <= to);
        within.map(|row| row.resident_bytes).max().unwrap_or(0)
    };
    let quarter = legs[1].seconds / 4;
    let requests = (outcome.likes + outcome.unlikes + outcome.reads) as f64;
    let used = outcome.processes.iter();
    let used: f64 = used.map(|process| process.cpu_micros_a_request).sum();
    let system_share = used * requests.max(1.0) / 1e6 / outcome.seconds;
    Figures {
        system: outcome.system.clone(),
        search,
        peak_before: peak,
        peak_after: 0.0,
        offered_per_second: legs[1].rate,
        overload: Moment::of(samples, micros(hard + FILL_SECONDS)..micros(over)),
        recovery: Recovery::of(samples, micros(over)..micros(end), calm.done.p99_micros),
        calm,
        resident_early_bytes: resident(hard + quarter, hard + 2 * quarter),
        resident_late_bytes: resident(over - quarter, over),
        generator_share: 0.0,
        system_share,
        others_share: 0.0,
        unexpected: outcome.unexpected,
        in_doubt: outcome.in_doubt,
        books: outcome.books,
        bars: Vec::new(),
        series: outcome.series,
    }
}

impl Figures {
    fn peak(&self) -> f64 {
        f64::midpoint(self.peak_before, self.peak_after)
    }

    fn text(&self) -> String {
        let mut text = format!(
            "{}\npeak {:.0} likes a second before and {:.0} after; {} a second were sent\n",
            self.system, self.peak_before, self.peak_after, self.offered_per_second
        );
        let moments = [
            ("half the peak", &self.calm),
            ("twice the peak", &self.overload),
        ];
        text.push_str(&format!("{}\n", moment::table(&moments)));
        text.push_str(&format!(
            "processor time, of one core: services and database {:.0} %, load generator {:.0} %, all others {:.0} %\n",
            self.system_share * 100.0,
            self.generator_share * 100.0,
            self.others_share * 100.0
        ));
        text.push_str(&show::books(&self.books));
        text.push_str(&format!("{}\n", bars::table(&self.bars)));
        text
    }
}
