//! The totals of a campaign as a table: runs, sagas, operations, times.

use likewise_world::record::Outcome;

use super::table::table;
use crate::{
    analysis::Summary,
    archive::LoadedCampaign,
    text::markdown_code,
    units::{micros_span, span},
};

/// Ratios that this campaign did not measure have no row: a missing number is not a zero.
pub(super) fn totals(campaign: &LoadedCampaign, summary: &Summary) -> String {
    let meta = &campaign.report.meta;
    let mut rows = Vec::new();
    if let Some(system) = &meta.system {
        let planted_bug = format!("the planted bug {}", markdown_code(system));
        rows.push(("system", planted_bug));
    }
    rows.extend(of_runs(campaign, summary));
    rows.extend(convergence(summary));
    let ratios = [
        ("injection points covered", meta.injection_points),
        ("planted bugs caught", meta.planted_bugs_caught),
        ("deterministic plans", meta.deterministic),
    ];
    for (what, ratio) in ratios {
        let ratio = ratio.map(|ratio| format!("{} of {}", ratio.met, ratio.of));
        rows.extend(ratio.map(|ratio| (what, ratio)));
    }
    let rows: Vec<[String; 2]> = rows
        .into_iter()
        .map(|(what, value)| [what.to_owned(), value])
        .collect();
    table(["", "this campaign"], &rows)
}

/// Sagas that are left open are listed even if there are none, because that number should be 0.
fn of_runs(campaign: &LoadedCampaign, summary: &Summary) -> [(&'static str, String); 4] {
    let (runs, violated) = (summary.runs, summary.violated_runs);
    let sagas = summary.sagas;
    let of = |outcome| summary.operations.get(&outcome).copied().unwrap_or(0);
    let simulated = micros_span(summary.simulated_micros);
    let wall = span(campaign.report.wall());
    [
        (
            "runs",
            format!("{runs}, {violated} of them violated a property"),
        ),
        (
            "sagas",
            format!(
                "{} completed, {} compensated, {} recovered after a crash, {} parked for a time, {} left open",
                sagas.completed, sagas.compensated, sagas.recovered, sagas.parked, sagas.open
            ),
        ),
        (
            "operations",
            format!(
                "{} ok, {} refused, {} of unknown outcome",
                of(Outcome::Ok),
                of(Outcome::Fail),
                of(Outcome::Unknown)
            ),
        ),
        ("time", format!("{simulated} simulated in {wall}")),
    ]
}

/// `None` if no run converged.
fn convergence(summary: &Summary) -> Option<(&'static str, String)> {
    let quantiles = summary.convergence()?;
    let times = format!(
        "{} (median), {} (99 %), {} (maximum)",
        micros_span(quantiles.p50_micros),
        micros_span(quantiles.p99_micros),
        micros_span(quantiles.max_micros)
    );
    Some(("convergence", times))
}
