//! The report as one page that opens anywhere and asks nothing of any network.
//!
//! ```text
//!  Dossier ──► verdict, failures, properties, matrix …  static: read, print and search them without a script
//!         └──► payload ──► the run page                 drawn in the browser, from the runs packed into the file
//! ```
//!
//! The same dossier gives the same bytes. The page's own policy (`policy.rs`) lets nothing in but what is written here:
//! text from outside is escaped by the template, drawn as text by the script, and could not run if it were not.
//!
//! Where to read next: `page/report.html` is the order of the page, `page/run.js` what the run page makes of a record.

mod block;
mod charts;
mod failures;
mod matrix;
mod policy;
mod properties;
mod provenance;
mod sequence;
#[cfg(test)]
mod tests;
mod verdict;

use askama::Template;

use crate::dossier::Dossier;
use block::Block;

/// The script, in the order in which its parts need each other. They share one scope, and nothing else sees it.
const SCRIPT: &[&str] = &[
    include_str!("page/element.js"),
    include_str!("page/surface.js"),
    include_str!("page/payload.js"),
    include_str!("page/legs.js"),
    include_str!("page/counts.js"),
    include_str!("page/run.js"),
    include_str!("page/viewport.js"),
    include_str!("page/minimap.js"),
    include_str!("page/convergence.js"),
    include_str!("page/lanes.js"),
    include_str!("page/spacetime.js"),
    include_str!("page/swimlanes.js"),
    include_str!("page/inspector.js"),
    include_str!("page/events.js"),
    include_str!("page/workbench.js"),
    include_str!("page/overview.js"),
];
const STYLE: &str = include_str!("page/page.css");

/// A page could not be written.
#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    /// The template failed.
    #[error("cannot render the page: {0}")]
    Template(#[from] askama::Error),
    /// A run could not be packed.
    #[error("cannot pack a run into the page: {0}")]
    Pack(#[from] std::io::Error),
}

/// A label and what it stands for.
struct Fact {
    label: &'static str,
    value: String,
}

/// A link to another part of the page.
struct Link {
    href: String,
    text: String,
}

#[derive(Template)]
#[template(path = "report.html")]
struct Page {
    policy: String,
    style: &'static str,
    script: String,
    title: String,
    verdict: verdict::Verdict,
    tiles: Vec<verdict::Tile>,
    chips: Vec<verdict::Chip>,
    replay: String,
    failures_lead: String,
    failures: Vec<failures::Failure>,
    properties_lead: String,
    properties: Vec<properties::Property>,
    matrix_lead: String,
    endings: Vec<matrix::Heading>,
    families: Vec<matrix::FamilyRows>,
    places: Vec<matrix::PlaceRow>,
    blocks: Vec<Block>,
    windows: Vec<charts::WindowRow>,
    charts: Vec<charts::Chart>,
    specimens: Vec<charts::SpecimenRow>,
    provenance: Vec<Fact>,
    gaps: Vec<String>,
}

/// The page of a campaign: one file of HTML.
///
/// # Errors
/// [`RenderError`]; neither depends on what the dossier says.
pub fn render(dossier: &Dossier) -> Result<String, RenderError> {
    let script = script();
    let summary = dossier.report.summary();
    let page = Page {
        policy: policy::of(&script, STYLE),
        style: STYLE,
        title: verdict::title(&summary),
        verdict: verdict::Verdict::of(dossier, &summary),
        tiles: verdict::tiles(dossier, &summary),
        chips: verdict::chips(dossier, &summary),
        replay: verdict::replay(&summary),
        failures_lead: failures::lead(&summary),
        failures: failures::failures(dossier, &summary),
        properties_lead: properties::lead(&summary),
        properties: properties::properties(dossier, &summary),
        matrix_lead: matrix::lead(&summary),
        endings: matrix::headings(),
        families: matrix::families(&summary),
        places: matrix::places(&summary),
        blocks: block::blocks(dossier)?,
        windows: charts::windows(&summary),
        charts: charts::charts(dossier, &summary),
        specimens: charts::specimens(dossier),
        provenance: provenance::facts(dossier),
        gaps: provenance::gaps(dossier, &summary),
        script,
    };
    Ok(page.render()?)
}

/// The parts as one script, closed to the outside.
fn script() -> String {
    format!("\"use strict\";\n(() => {{\n{}}})();\n", SCRIPT.concat())
}
