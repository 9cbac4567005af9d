//! The table of planted bugs: deliberately wrong systems, and the control, which is correct.

use crate::{analysis::PlantedBugResult, archive::LoadedCampaign, units::grouped};

/// A planted bug.
pub(super) struct PlantedBugRow {
    pub(super) name: String,
    pub(super) class: &'static str,
    pub(super) verdict: &'static str,
    pub(super) flaw: String,
    pub(super) by: String,
    pub(super) faults: String,
    /// The median number of plans that the search over single faults and the search over seeds needed.
    pub(super) searches: [String; 2],
}

/// The rows in the order of the report.
pub(super) fn rows(campaign: &LoadedCampaign) -> Vec<PlantedBugRow> {
    campaign.report.meta.planted_bugs.iter().map(row).collect()
}

fn row(result: &PlantedBugResult) -> PlantedBugRow {
    let (class, verdict) = match (result.is_as_expected(), result.is_control) {
        (true, false) => ("held", "✓ caught"),
        (true, true) => ("held", "✓ passed, as the control must"),
        (false, false) => ("violated", "✕ not caught"),
        (false, true) => ("violated", "✕ caught, though it is correct"),
    };
    PlantedBugRow {
        name: result.name.clone(),
        class,
        verdict,
        flaw: result.flaw.clone(),
        by: result.by.join(", "),
        faults: grouped(result.faults),
        searches: ["exhaustive", "swarm"].map(|search| median_plans(result, search)),
    }
}

/// The median number of plans that a search needed: measured by this campaign, or else as last published.
fn median_plans(result: &PlantedBugResult, search: &str) -> String {
    let published = result
        .published
        .iter()
        .flat_map(|published| &published.searches);
    let mut figures = result.measured.iter().chain(published);
    let Some(figures) = figures.find(|figures| figures.search == search) else {
        return "–".to_owned();
    };
    let [_, median, _] = figures.quartiles;
    match median {
        Some(plans) => grouped(plans),
        None => format!("{} of {} found it", figures.caught, figures.starts),
    }
}
