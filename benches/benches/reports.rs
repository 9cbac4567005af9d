//! The time to render the reports of a campaign of the usual size, after its runs have ended.
//!
//! The bench runs a real campaign of a thousand seeds first. The report shows the runs that a campaign always shows.

use std::{sync::atomic::AtomicBool, time::Duration};

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use likewise_reports::{
    Summary,
    analysis::Examples,
    analysis::{CampaignMeta, CampaignReport},
    archive::{LoadedCampaign, LoadedRun, RunRole},
    html, markdown,
};
use likewise_search::campaign::{Campaign, Plans, run};
use likewise_sim_likes::system;

/// The number of seeds, about as many as the first command of the README runs.
const SEEDS: u64 = 1_000;
/// The duration in the report. It is fixed, so that every report has the same size.
const WALL: Duration = Duration::from_secs(20);

/// A finished campaign before its report is written.
fn campaign_to_render() -> LoadedCampaign {
    let mut summary = Summary::over(
        system()
            .properties()
            .into_iter()
            .map(|property| property.name),
    );
    let mut examples = Examples::default();
    let config = Campaign {
        system: system(),
        plans: Plans::Seeds(0..SEEDS),
        jobs: None,
        budget: None,
        stop: &AtomicBool::new(false),
    };
    let finished = run(&config, |record, wall| {
        summary.add(&record, wall);
        examples.consider(&record);
    });
    assert_eq!(finished.runs, SEEDS, "every seed has a record");
    let shown = examples.chosen().into_iter().enumerate();
    let runs = shown.map(|(number, record)| LoadedRun {
        role: RunRole::Example,
        finding: None,
        folder: format!("seeds/{number}"),
        record: (*record).clone(),
    });
    LoadedCampaign {
        report: CampaignReport::of(&summary, WALL, CampaignMeta::default()),
        runs: runs.collect(),
    }
}

/// Each format by itself, from the same campaign. The throughput is in bytes of output.
fn renderings(criterion: &mut Criterion) {
    let campaign = campaign_to_render();
    let events: usize = campaign
        .runs
        .iter()
        .map(|run| run.record.events.len())
        .sum();
    eprintln!("{} runs shown, {events} events", campaign.runs.len());
    let mut group = criterion.benchmark_group("report");
    group
        .sample_size(20)
        .measurement_time(Duration::from_secs(3));
    let page = html::render(&campaign).expect("the page renders");
    group.throughput(Throughput::Bytes(page.len() as u64));
    group.bench_function("html", |bencher| bencher.iter(|| html::render(&campaign)));
    let json = serde_json::to_vec(&campaign.report).expect("the report is JSON");
    group.throughput(Throughput::Bytes(json.len() as u64));
    group.bench_function("json", |bencher| {
        bencher.iter(|| serde_json::to_vec(&campaign.report));
    });
    let text = markdown::render(&campaign);
    group.throughput(Throughput::Bytes(text.len() as u64));
    group.bench_function("markdown", |bencher| {
        bencher.iter(|| markdown::render(&campaign))
    });
    group.finish();
}

criterion_group!(benches, renderings);
criterion_main!(benches);
