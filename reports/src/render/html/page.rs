//! The page: its template and the data for it.

use askama::Template;

use super::{
    charts, failures, fault_table, header, lessons,
    packed_run::{self, PackedRun},
    parts::Fact,
    planted_bugs, properties, provenance, windows,
};
use crate::{archive::LoadedCampaign, render::content_security_policy::policy};

/// The parts of the script, each after those that it needs. They share one scope, which nothing else can see.
pub(super) const SCRIPT: &[&str] = &[
    include_str!("assets/element.js"),
    include_str!("assets/surface.js"),
    include_str!("assets/payload.js"),
    include_str!("assets/legs.js"),
    include_str!("assets/counts.js"),
    include_str!("assets/run.js"),
    include_str!("assets/viewport.js"),
    include_str!("assets/minimap.js"),
    include_str!("assets/convergence.js"),
    include_str!("assets/host_tracks.js"),
    include_str!("assets/strips.js"),
    include_str!("assets/spacetime.js"),
    include_str!("assets/saga_timeline.js"),
    include_str!("assets/inspector.js"),
    include_str!("assets/events.js"),
    include_str!("assets/futures.js"),
    include_str!("assets/run_view.js"),
    include_str!("assets/overview.js"),
];
const STYLE: &str = include_str!("assets/page.css");

/// Why the page cannot be rendered.
#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    /// The template failed.
    #[error("cannot render the page: {0}")]
    Template(#[from] askama::Error),
    /// A run could not be packed.
    #[error("cannot pack a run into the page: {0}")]
    Pack(#[from] std::io::Error),
}

#[derive(Template)]
#[template(path = "report.html")]
struct Page {
    policy: String,
    style: &'static str,
    script: String,
    title: String,
    verdict: header::Verdict,
    tiles: Vec<header::Tile>,
    chips: Vec<header::Chip>,
    replay: String,
    failures_lead: String,
    failures: Vec<failures::Failure>,
    lessons: Vec<lessons::LessonCard>,
    unknown: Vec<String>,
    properties_lead: String,
    properties: Vec<properties::Property>,
    matrix_lead: String,
    endings: Vec<fault_table::Heading>,
    families: Vec<fault_table::FamilyRows>,
    totals: fault_table::Totals,
    injection_points: Vec<fault_table::PointRow>,
    packed_runs: Vec<PackedRun>,
    windows: Vec<windows::WindowRow>,
    charts: Vec<charts::Chart>,
    planted_bugs: Vec<planted_bugs::PlantedBugRow>,
    provenance: Vec<Fact>,
    gaps: Vec<String>,
}

/// The page of a campaign: one self-contained HTML file.
///
/// Everything that the template shows is computed here and is plain data there. The template has loops and
/// conditions, but no logic.
///
/// # Errors
/// [`RenderError`], which no campaign causes: the template or the compression failed.
pub fn render(campaign: &LoadedCampaign) -> Result<String, RenderError> {
    let script = script();
    let summary = campaign.report.summary();
    let page = Page {
        policy: policy(STYLE, Some(&script)),
        style: STYLE,
        title: header::title(&summary),
        verdict: header::Verdict::of(campaign, &summary),
        tiles: header::tiles(campaign, &summary),
        chips: header::chips(campaign, &summary),
        replay: header::replay(campaign, &summary),
        failures_lead: failures::lead(&summary),
        failures: failures::failures(campaign, &summary),
        lessons: lessons::lessons(campaign),
        unknown: lessons::unknown(campaign),
        properties_lead: properties::lead(&summary),
        properties: properties::properties(campaign, &summary),
        matrix_lead: fault_table::lead(&summary),
        endings: fault_table::headings(),
        families: fault_table::families(&summary),
        totals: fault_table::totals(&summary),
        injection_points: fault_table::injection_points(&summary),
        packed_runs: packed_run::all(campaign)?,
        windows: windows::rows(&summary),
        charts: charts::charts(campaign, &summary),
        planted_bugs: planted_bugs::rows(campaign),
        provenance: provenance::facts(campaign),
        gaps: provenance::gaps(campaign, &summary),
        script,
    };
    Ok(page.render()?)
}

/// The parts as one script in a scope of its own.
///
/// One script and not several, because the policy allows exactly one hash.
pub(super) fn script() -> String {
    format!("\"use strict\";\n(() => {{\n{}}})();\n", SCRIPT.concat())
}
