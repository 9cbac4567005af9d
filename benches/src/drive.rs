//! The course of a load: articles, clients, a second after the other measured, books compared.

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
    articles, audit,
    client::{Shared, client},
    mix::Mix,
    options::Load,
    outcome::{Outcome, ProcessUsage, Quantiles},
    samples::Sample,
    schedule::{Leg, Schedule},
    system::System,
    tally::Tally,
    usage::Usage,
};

/// Connections that are made at once before an open loop begins.
const CONNECTING_MAX: usize = 64;
/// How long making them may take, before the first request is due: for each thousand of clients.
const CONNECTING_TIME: Duration = Duration::from_millis(500);

/// Puts a load on a system, measures, and compares the books.
///
/// # Errors
/// The system could not be reached at all.
pub(crate) async fn run(load: &Load, system: &System) -> Result<Outcome> {
    let seconds = load.warm_up + load.seconds;
    let schedule = load.rate.map(|rate| Schedule {
        legs: vec![Leg { rate, seconds }],
    });
    let shared = share(load, system, schedule, None).await?;
    measured(load, system, &shared).await
}

/// The same in the open loop, leg after leg, and every request told. The load's rate and times are the legs'.
///
/// # Errors
/// The system could not be reached at all.
pub(crate) async fn in_legs(
    load: &Load,
    system: &System,
    legs: &[Leg],
) -> Result<(Outcome, Vec<Sample>)> {
    let schedule = Schedule {
        legs: legs.to_vec(),
    };
    let load = Load {
        warm_up: 0,
        seconds: legs.iter().map(|leg| leg.seconds).sum(),
        rate: legs.iter().map(|leg| leg.rate).max(),
        ..load.clone()
    };
    let requests = usize::try_from(schedule.requests()).context("counting the requests")?;
    let samples = Vec::with_capacity(requests);
    let shared = share(&load, system, Some(schedule), Some(samples)).await?;
    let outcome = measured(&load, system, &shared).await?;
    let samples = shared.samples.as_ref().map(RefCell::take);
    Ok((outcome, samples.unwrap_or_default()))
}

async fn share(
    load: &Load,
    system: &System,
    schedule: Option<Schedule>,
    samples: Option<Vec<Sample>>,
) -> Result<Rc<Shared>> {
    ensure!(
        load.likes + load.unlikes + load.reads > 0,
        "nothing is asked for: give --likes, --unlikes or --reads"
    );
    let articles = articles::create(system, load.articles as usize).await?;
    let since_1970 = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .context("reading the clock")?;
    let ahead = match schedule {
        Some(_) => CONNECTING_TIME * load.clients / 1_000,
        None => Duration::ZERO,
    };
    let begin = Instant::now() + ahead;
    Ok(Rc::new(Shared {
        mix: Mix::of(load),
        tally: RefCell::new(Tally::new(articles.len())),
        articles,
        next_user: Cell::new(u64::try_from(since_1970.as_micros()).unwrap_or(0)),
        schedule,
        next_arrival: Cell::new(0),
        begin,
        until: begin + Duration::from_secs((load.warm_up + load.seconds).into()),
        samples: samples.map(RefCell::new),
        connecting: Semaphore::new(CONNECTING_MAX),
        coordinator: system.coordinator,
        article: system.article,
        user: system.user,
    }))
}

async fn measured(load: &Load, system: &System, shared: &Rc<Shared>) -> Result<Outcome> {
    let clients: Vec<_> = (0..load.clients)
        .map(|number| tokio::task::spawn_local(client(Rc::clone(shared), number, load.seed)))
        .collect();
    let warm = shared.begin + Duration::from_secs(load.warm_up.into());
    tokio::time::sleep_until(warm.into()).await;
    let usages = measure(shared, system, load).await;
    for client in clients {
        client.await.context("a client ended early")?;
    }
    let entries = shared.tally.borrow().books.clone();
    let books = audit::audit(system, &shared.articles, &entries).await?;
    let tally = shared.tally.borrow();
    Ok(outcome(load, system, &tally, usages, books))
}

/// Lets a second at a time pass, and returns what each process used meanwhile.
async fn measure(shared: &Shared, system: &System, load: &Load) -> Vec<(Usage, u64)> {
    let before: Vec<Usage> = system
        .watched
        .iter()
        .map(|watched| watched.usage())
        .collect();
    let mut resident_max = vec![0; before.len()];
    shared.tally.borrow_mut().measuring = true;
    let begin = Instant::now();
    let bar = progress(load.seconds);
    for second in 1..=load.seconds {
        tokio::time::sleep_until((begin + Duration::from_secs(second.into())).into()).await;
        let now: Vec<u64> = system
            .services()
            .iter()
            .map(|watched| watched.usage().resident_bytes)
            .collect();
        for (most, now) in resident_max.iter_mut().zip(&now) {
            *most = (*most).max(*now);
        }
        let mut tally = shared.tally.borrow_mut();
        tally.series.close(now.iter().sum());
        if let Some(row) = tally.series.rows.last() {
            bar.set_message(format!(
                "{} done, {} refused, p99 {:.1} ms",
                row.done,
                row.refused,
                row.p99_micros as f64 / 1e3
            ));
        }
        bar.inc(1);
    }
    shared.tally.borrow_mut().measuring = false;
    bar.finish_and_clear();
    let used = system.watched.iter().zip(before).map(|(watched, before)| {
        let mut usage = watched.usage();
        usage.cpu_micros -= before.cpu_micros.min(usage.cpu_micros);
        usage
    });
    used.zip(resident_max).collect()
}

fn progress(seconds: u32) -> ProgressBar {
    if !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("{bar:30} {pos}/{len} s  {msg}");
    ProgressBar::new(seconds.into())
        .with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}

fn outcome(
    load: &Load,
    system: &System,
    tally: &Tally,
    usages: Vec<(Usage, u64)>,
    books: audit::Books,
) -> Outcome {
    let seconds = f64::from(load.seconds);
    let requests = (tally.likes + tally.unlikes + tally.reads).max(1) as f64;
    let processes = system
        .watched
        .iter()
        .zip(usages)
        .map(|(watched, (usage, resident))| ProcessUsage {
            name: watched.name,
            cpu_micros_a_request: usage.cpu_micros as f64 / requests,
            resident_bytes_max: resident,
        });
    let loop_is = match load.rate {
        None => format!("closed loop, {} clients", load.clients),
        Some(rate) => format!(
            "open loop, {rate} a second, at most {} at once",
            load.clients
        ),
    };
    Outcome {
        system: system.name.clone(),
        load: format!("{loop_is}, {:?}, {} articles", load.mix, load.articles),
        seconds,
        likes: tally.likes,
        unlikes: tally.unlikes,
        reads: tally.reads,
        writes_per_second: (tally.likes + tally.unlikes) as f64 / seconds,
        reads_per_second: tally.reads as f64 / seconds,
        refused: tally.refused,
        refused_without_retry_after: tally.refused_bare,
        in_doubt: tally.in_doubt,
        unexpected: tally.unexpected.clone(),
        writes: Quantiles::of(&tally.writes),
        looks: Quantiles::of(&tally.looks),
        refusals: Quantiles::of(&tally.refusals),
        processes: processes.collect(),
        books,
        series: tally.series.rows.clone(),
    }
}
