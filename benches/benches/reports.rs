//! The reports of a campaign of the usual size: what it takes to render them once the runs are over.
//!
//! The campaign is a real one, made anew: a thousand seeds, and those of its runs that a campaign shows.

use std::{sync::atomic::AtomicBool, time::Duration};

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use likewise_reports::{
    Summary,
    dossier::{Dossier, Role, Shown},
    html, markdown,
    report::{Course, SummaryLine},
    witnesses::Examples,
};
use likewise_sim::{
    campaign::{self, Campaign, Plans},
    likes::invariants::PROPERTIES,
};

/// Seeds of the campaign: what the README's first command gets through, give or take.
const SEEDS: u64 = 1_000;
/// How long the report says that it took: the same in every report, so that they are as long.
const WALL: Duration = Duration::from_secs(20);

/// A campaign, as it is when its report is written.
fn dossier() -> Dossier {
    let mut summary = Summary::over(PROPERTIES.iter().map(|property| property.name));
    let mut examples = Examples::default();
    let config = Campaign {
        plans: Plans::Seeds(0..SEEDS),
        jobs: None,
        budget: None,
        stop: &AtomicBool::new(false),
    };
    let finished = campaign::run(&config, |record, wall| {
        summary.add(&record, wall);
        examples.look(&record);
    });
    assert_eq!(finished.runs, SEEDS, "every seed has a record");
    let shown = examples.chosen().into_iter().enumerate();
    let runs = shown.map(|(number, record)| Shown {
        role: Role::Example,
        finding: None,
        folder: format!("seeds/{number}"),
        record: (*record).clone(),
    });
    Dossier {
        report: SummaryLine::of(&summary, WALL, Course::default()),
        runs: runs.collect(),
    }
}

/// Each form apart, from the same dossier; the throughput is that of what comes out.
fn renderings(criterion: &mut Criterion) {
    let dossier = dossier();
    let events: usize = dossier.runs.iter().map(|run| run.record.events.len()).sum();
    eprintln!("{} runs shown, {events} events", dossier.runs.len());
    let mut group = criterion.benchmark_group("report");
    group
        .sample_size(20)
        .measurement_time(Duration::from_secs(3));
    let page = html::render(&dossier).expect("the page renders");
    group.throughput(Throughput::Bytes(page.len() as u64));
    group.bench_function("html", |bencher| bencher.iter(|| html::render(&dossier)));
    let json = serde_json::to_vec(&dossier.report).expect("the report is JSON");
    group.throughput(Throughput::Bytes(json.len() as u64));
    group.bench_function("json", |bencher| {
        bencher.iter(|| serde_json::to_vec(&dossier.report));
    });
    let text = markdown::render(&dossier);
    group.throughput(Throughput::Bytes(text.len() as u64));
    group.bench_function("markdown", |bencher| {
        bencher.iter(|| markdown::render(&dossier))
    });
    group.finish();
}

criterion_group!(benches, renderings);
criterion_main!(benches);
