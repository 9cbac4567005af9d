//! The tables of a campaign: properties, operations under faults, and planted bugs.

use likewise_world::record::{Outcome, PropertyStatus, PropertyVerdict};

use super::table::table;
use crate::{
    analysis::{PlantedBugResult, Summary, WindowSummary},
    archive::LoadedCampaign,
    text::{markdown, markdown_code},
    units::seconds_span,
};

/// Rows in the table of fault windows at most.
const WINDOWS_MAX: usize = 40;

pub(super) fn properties(summary: &Summary) -> String {
    let row = |property: &PropertyVerdict| {
        let verdict = match property.status {
            PropertyStatus::Passed => "✅ held",
            PropertyStatus::NeverExercised => "⚠️ never exercised",
            PropertyStatus::Violated => "❌ **violated**",
        };
        [
            markdown_code(&property.name),
            verdict.to_owned(),
            property.exercised.to_string(),
        ]
    };
    let rows: Vec<[String; 3]> = summary.properties.iter().map(row).collect();
    let table = table(["property", "verdict", "checked"], &rows);
    format!("## Properties\n\n{table}")
}

/// The table of operations under faults, folded; `None` if there were no operations.
pub(super) fn windows(summary: &Summary) -> Option<String> {
    let mut windows = summary.windows.summaries();
    windows.retain(|window| !window.operations.is_empty());
    if windows.is_empty() {
        return None;
    }
    let time = |seconds: Option<f64>| seconds.map_or_else(|| "–".to_owned(), seconds_span);
    let row = |window: &WindowSummary| {
        let of = |outcome| window.operations.get(&outcome).copied().unwrap_or(0);
        [
            window
                .kind
                .map_or("no fault", |kind| kind.name())
                .to_owned(),
            of(Outcome::Ok).to_string(),
            of(Outcome::Fail).to_string(),
            of(Outcome::Unknown).to_string(),
            time(window.p50_seconds),
            time(window.p99_seconds),
        ]
    };
    let rows: Vec<[String; 6]> = windows.iter().take(WINDOWS_MAX).map(row).collect();
    let heading = ["fault in force", "ok", "refused", "unknown", "p50", "p99"];
    let table = table(heading, &rows);
    Some(format!(
        "<details><summary>Operations under each fault</summary>\n\n{table}\n</details>\n"
    ))
}

/// The table of planted bugs, folded; `None` if none was run.
pub(super) fn planted_bugs(campaign: &LoadedCampaign) -> Option<String> {
    let results = &campaign.report.meta.planted_bugs;
    if results.is_empty() {
        return None;
    }
    let row = |result: &PlantedBugResult| {
        let verdict = match (result.is_as_expected(), result.is_control) {
            (true, true) => "✅ passed",
            (true, false) => "✅ caught",
            (false, true) => "❌ **caught, though it is correct**",
            (false, false) => "❌ **not caught**",
        };
        let by: Vec<String> = result.by.iter().map(|name| markdown_code(name)).collect();
        [
            markdown_code(&result.name),
            markdown(&result.flaw),
            verdict.to_owned(),
            by.join(", "),
        ]
    };
    let rows: Vec<[String; 4]> = results.iter().map(row).collect();
    let table = table(
        ["planted bug", "what is wrong with it", "verdict", "by"],
        &rows,
    );
    Some(format!(
        "<details><summary>Planted bugs</summary>\n\n{table}\n</details>\n"
    ))
}
