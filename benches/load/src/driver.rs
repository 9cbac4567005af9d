//! Runs one load: creates the articles, starts the clients, measures second by second, and checks the consistency.
//!
//! ```text
//! articles ──► clients (one task each) ──► measurements ──► consistency check ──► LoadReport
//! ```
//!
//! Where to read next: `client.rs` sends the requests; `measurements.rs` counts them; `consistency.rs` checks the result.

use std::{
    cell::{Cell, RefCell},
    io::IsTerminal,
    rc::Rc,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use anyhow::{Context, Result, ensure};
use indicatif::{ProgressBar, ProgressStyle};
use tokio::sync::Semaphore;

use crate::{
    articles,
    client::{self, Shared},
    consistency::{self, ConsistencyReport},
    latencies::Quantiles,
    load_report::{LoadReport, ProcessReport},
    measurements::Measurements,
    options::Load,
    process_usage::Usage,
    request_mix::RequestMix,
    samples::Sample,
    schedule::{Phase, Schedule},
    system::System,
};

/// The number of connections that are opened at the same time before an open loop.
const CONNECTING_MAX: usize = 64;
/// The time for opening a thousand connections, before the first request is due.
const CONNECTING_TIME: Duration = Duration::from_millis(500);

/// Runs a load on a system, measures it, and checks the consistency.
///
/// # Errors
/// The system could not be reached.
pub(crate) async fn run(load: &Load, system: &System) -> Result<LoadReport> {
    let seconds = load.warm_up + load.seconds;
    let schedule = load.rate.map(|rate| Schedule {
        phases: vec![Phase { rate, seconds }],
    });
    let shared = prepare(load, system, schedule, None).await?;
    measure(load, system, &shared).await
}

/// Runs an open loop phase by phase and samples every request. The phases replace the load's rate and times.
///
/// One schedule for all phases: a backlog of the overload reaches the phase after it, as it would in reality.
///
/// # Errors
/// The system could not be reached.
pub(crate) async fn run_phases(
    load: &Load,
    system: &System,
    phases: &[Phase],
) -> Result<(LoadReport, Vec<Sample>)> {
    let schedule = Schedule {
        phases: phases.to_vec(),
    };
    let load = Load {
        warm_up: 0,
        seconds: phases.iter().map(|phase| phase.seconds).sum(),
        rate: phases.iter().map(|phase| phase.rate).max(),
        ..load.clone()
    };
    let requests = usize::try_from(schedule.requests()).context("counting the requests")?;
    // Allocated in advance, so that no allocation happens during the measurement.
    let samples = Vec::with_capacity(requests);
    let shared = prepare(&load, system, Some(schedule), Some(samples)).await?;
    let report = measure(&load, system, &shared).await?;
    let samples = shared.samples.as_ref().map(RefCell::take);
    Ok((report, samples.unwrap_or_default()))
}

/// Creates the articles and the state that the clients share.
///
/// The open loop begins a little later, so that all connections are open when the first request is due.
async fn prepare(
    load: &Load,
    system: &System,
    schedule: Option<Schedule>,
    samples: Option<Vec<Sample>>,
) -> Result<Rc<Shared>> {
    ensure!(
        load.likes + load.unlikes + load.reads > 0,
        "the load has no requests: set --likes, --unlikes or --reads"
    );
    let articles = articles::create(system, load.articles as usize).await?;
    let since_1970 = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .context("reading the clock")?;
    let connecting_time = match schedule {
        Some(_) => CONNECTING_TIME * load.clients / 1_000,
        None => Duration::ZERO,
    };
    let start = Instant::now() + connecting_time;
    Ok(Rc::new(Shared {
        mix: RequestMix::of(load),
        measurements: RefCell::new(Measurements::new(articles.len())),
        articles,
        next_user: Cell::new(u64::try_from(since_1970.as_micros()).unwrap_or(0)),
        schedule,
        next_request: Cell::new(0),
        start,
        end: start + Duration::from_secs((load.warm_up + load.seconds).into()),
        samples: samples.map(RefCell::new),
        connecting: Semaphore::new(CONNECTING_MAX),
        coordinator: system.coordinator,
        article: system.article,
        user: system.user,
    }))
}

/// Runs the clients to the end of the load, then checks the consistency.
///
/// The clients of the warm-up go on without a break. Only the counting begins later.
async fn measure(load: &Load, system: &System, shared: &Rc<Shared>) -> Result<LoadReport> {
    let clients: Vec<_> = (0..load.clients)
        .map(|number| tokio::task::spawn_local(client::run(Rc::clone(shared), number, load.seed)))
        .collect();
    let warm = shared.start + Duration::from_secs(load.warm_up.into());
    tokio::time::sleep_until(warm.into()).await;
    let usages = watch_seconds(shared, system, load).await;
    for client in clients {
        client.await.context("a client ended early")?;
    }
    let expected = shared.measurements.borrow().expected_counts.clone();
    let consistency = consistency::check(system, &shared.articles, &expected).await?;
    let measurements = shared.measurements.borrow();
    Ok(report(load, system, &measurements, usages, consistency))
}

/// Closes a row of the time series every second. Returns what each process used, and its largest resident memory.
async fn watch_seconds(shared: &Shared, system: &System, load: &Load) -> Vec<(Usage, u64)> {
    let before: Vec<Usage> = system
        .monitors
        .iter()
        .map(|monitor| monitor.usage())
        .collect();
    let mut resident_max = vec![0; before.len()];
    shared.measurements.borrow_mut().measuring = true;
    let start = Instant::now();
    let bar = progress(load.seconds);
    for second in 1..=load.seconds {
        tokio::time::sleep_until((start + Duration::from_secs(second.into())).into()).await;
        let now: Vec<u64> = system
            .service_monitors()
            .iter()
            .map(|monitor| monitor.usage().resident_bytes)
            .collect();
        for (most, now) in resident_max.iter_mut().zip(&now) {
            *most = (*most).max(*now);
        }
        finish_second(shared, now.iter().sum(), &bar);
    }
    shared.measurements.borrow_mut().measuring = false;
    bar.finish_and_clear();
    let used = system.monitors.iter().zip(before).map(|(monitor, before)| {
        let mut usage = monitor.usage();
        usage.cpu_micros -= before.cpu_micros.min(usage.cpu_micros);
        usage
    });
    used.zip(resident_max).collect()
}

fn finish_second(shared: &Shared, resident_bytes: u64, bar: &ProgressBar) {
    let mut measurements = shared.measurements.borrow_mut();
    measurements.series.finish_second(resident_bytes);
    if let Some(row) = measurements.series.rows.last() {
        bar.set_message(format!(
            "{} done, {} refused, p99 {:.1} ms",
            row.done,
            row.refused,
            row.p99_micros as f64 / 1e3
        ));
    }
    bar.inc(1);
}

fn progress(seconds: u32) -> ProgressBar {
    if !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("{bar:30} {pos}/{len} s  {msg}");
    ProgressBar::new(seconds.into())
        .with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}

fn report(
    load: &Load,
    system: &System,
    measurements: &Measurements,
    usages: Vec<(Usage, u64)>,
    consistency: ConsistencyReport,
) -> LoadReport {
    let seconds = f64::from(load.seconds);
    let writes = measurements.likes + measurements.unlikes;
    let requests = (writes + measurements.reads).max(1) as f64;
    let processes = system
        .monitors
        .iter()
        .zip(usages)
        .map(|(monitor, (usage, resident))| ProcessReport {
            name: monitor.name,
            cpu_micros_per_request: usage.cpu_micros as f64 / requests,
            resident_bytes_max: resident,
        });
    LoadReport {
        system: system.name.clone(),
        load: describe(load),
        seconds,
        likes: measurements.likes,
        unlikes: measurements.unlikes,
        reads: measurements.reads,
        writes_per_second: writes as f64 / seconds,
        reads_per_second: measurements.reads as f64 / seconds,
        refused: measurements.refused,
        refused_without_retry_after: measurements.refused_without_retry_after,
        in_doubt: measurements.in_doubt,
        unexpected: measurements.unexpected.clone(),
        write_latencies: Quantiles::of(&measurements.write_latencies),
        read_latencies: Quantiles::of(&measurements.read_latencies),
        refusal_latencies: Quantiles::of(&measurements.refusal_latencies),
        processes: processes.collect(),
        consistency,
        series: measurements.series.rows.clone(),
    }
}

fn describe(load: &Load) -> String {
    let arrivals = match load.rate {
        None => format!("closed loop, {} clients", load.clients),
        Some(rate) => format!(
            "open loop, {rate} per second, at most {} at once",
            load.clients
        ),
    };
    format!("{arrivals}, {:?}, {} articles", load.mix, load.articles)
}
