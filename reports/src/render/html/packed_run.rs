//! The runs in the page: JSON, compressed with deflate, as base64. The browser unpacks a run when the reader opens it.
//!
//! Runs are packed because the events of one run take far more space than the rest of the page. Unpacked, a browser
//! would also have to parse all of them before it shows the first line.

use std::io::{self, Write as _};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use flate2::{Compression, write::DeflateEncoder};
use likewise_world::{
    plan::PRODUCT,
    record::{Event, EventKind, RunRecord, Violation},
};
use serde::Serialize;

use super::page_labels::PageLabels;

use crate::{
    analysis::{Finding, Outlook, Provenance},
    archive::{LoadedCampaign, LoadedRun, RunRole, seed_of_folder},
    render::story::{captions, explain},
};

/// A run in the page.
pub(super) struct PackedRun {
    /// The id of its element.
    pub(super) id: String,
    /// The run's folder, relative to the campaign's. Links name the run by it.
    pub(super) folder: String,
    /// The seed, if links may name the run by it.
    pub(super) seed: Option<u64>,
    /// The link that opens it.
    pub(super) href: String,
    /// The text of the link.
    pub(super) text: String,
    /// The CSS class of the link.
    pub(super) class: &'static str,
    /// The compressed run.
    pub(super) packed: String,
}

/// The content of a packed run, which the script reads.
#[derive(Serialize)]
struct Content<'a> {
    record: &'a RunRecord,
    labels: PageLabels<'a>,
    captions: Vec<String>,
    sentences: [String; 3],
    planted_bug: Option<&'a str>,
    folder: &'a str,
    role: RunRole,
    replay: String,
    /// How many futures of its events fail, if it is a minimal run and that was searched.
    outlook: Option<&'a Outlook>,
}

/// All runs of the campaign, those that failed first.
pub(super) fn all(campaign: &LoadedCampaign) -> io::Result<Vec<PackedRun>> {
    let mut runs: Vec<&LoadedRun> = campaign.runs.iter().collect();
    runs.sort_by_key(|run| order(run.role));
    let numbered = runs.into_iter().enumerate();
    let program = Provenance::program_of(campaign.report.meta.provenance.as_ref());
    let findings = campaign.report.findings();
    let packed = numbered.map(|(index, run)| packed(index, run, outlook(findings, run), &program));
    packed.collect()
}

/// The link to a run of the page.
pub(super) fn href(run: &LoadedRun) -> String {
    format!("#run={}", run.folder)
}

/// The link to the event that shows a violation.
///
/// The recorded event is the one at which the violation was noticed. The event that tells it follows, so the search
/// starts there.
pub(super) fn href_of_violation(run: &LoadedRun, violation: &Violation) -> String {
    let shows_it = |event: &Event| matches!(&event.kind, EventKind::Violated { property, .. } if *property == violation.property);
    let mut later = run.record.events.iter().enumerate().skip(violation.event);
    let found = later.find(|(_, event)| shows_it(event));
    let event = found.map_or(violation.event, |(index, _)| index);
    format!("{}&event={event}", href(run))
}

/// The futures of a minimal run.
fn outlook<'f>(findings: &'f [Finding], run: &LoadedRun) -> Option<&'f Outlook> {
    let fingerprint = run
        .finding
        .as_ref()
        .filter(|_| run.role == RunRole::Minimal)?;
    let finding = findings.iter().find(|it| it.fingerprint == *fingerprint)?;
    finding.minimal.as_ref()?.outlook.as_ref()
}

fn packed(
    index: usize,
    run: &LoadedRun,
    outlook: Option<&Outlook>,
    program: &str,
) -> io::Result<PackedRun> {
    let content = Content {
        record: &run.record,
        labels: PageLabels::of(&run.record),
        captions: captions(&run.record),
        sentences: explain(&run.record),
        planted_bug: planted_bug(&run.record),
        folder: &run.folder,
        role: run.role,
        replay: replay(run, program),
        outlook,
    };
    Ok(PackedRun {
        id: format!("run-{index}"),
        folder: run.folder.clone(),
        seed: seed(run),
        href: href(run),
        text: format!("{}: {}", word(run.role), run.record.plan.name),
        class: match run.record.is_green() {
            true => "held",
            false => "violated",
        },
        packed: pack(&content)?,
    })
}

/// The replay command: with the seed if the run is named by it, else with the plan's file in the campaign's folder.
fn replay(run: &LoadedRun, program: &str) -> String {
    match seed_of_folder(&run.folder, &run.record.plan) {
        Some(seed) => format!("{program} replay {seed} --story"),
        None => format!("{program} replay {}/plan.json --story", run.folder),
    }
}

/// The seed names the run as it was found. A minimal plan keeps the seed of its origin, but is another run.
fn seed(run: &LoadedRun) -> Option<u64> {
    let is_found = matches!(
        run.role,
        RunRole::Failure | RunRole::Example | RunRole::Replayed
    );
    run.record.plan.seed.filter(|_| is_found)
}

/// The planted bug that was run instead of the product, if any.
fn planted_bug(record: &RunRecord) -> Option<&str> {
    let system = record.plan.system.as_str();
    (system != PRODUCT).then_some(system)
}

/// Readers come for the failures, and the minimal one explains a failure best.
fn order(role: RunRole) -> u8 {
    match role {
        RunRole::Minimal => 0,
        RunRole::Failure => 1,
        RunRole::Nearest => 2,
        RunRole::Replayed => 3,
        RunRole::Example => 4,
    }
}

fn word(role: RunRole) -> &'static str {
    match role {
        RunRole::Minimal => "minimal",
        RunRole::Failure => "failed",
        RunRole::Nearest => "nearest that passes",
        RunRole::Replayed => "replayed",
        RunRole::Example => "example",
    }
}

/// Compresses with a fixed level: the same run must give the same bytes.
fn pack(content: &Content<'_>) -> io::Result<String> {
    let mut deflate = DeflateEncoder::new(Vec::new(), Compression::new(6));
    deflate.write_all(&serde_json::to_vec(content)?)?;
    Ok(STANDARD.encode(deflate.finish()?))
}
