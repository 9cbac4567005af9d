//! The properties: what each says, its verdict, and links to runs that show it. A property that was never exercised is
//! amber, never green.

use likewise_world::record::{PropertyStatus, PropertyVerdict, Word};

use super::{packed_run, parts::Link};
use crate::{
    analysis::Summary,
    archive::{LoadedCampaign, LoadedRun},
    units::grouped,
};

/// One row of the table.
pub(super) struct Property {
    pub(super) name: String,
    pub(super) about: Word,
    pub(super) class: &'static str,
    pub(super) sign: &'static str,
    pub(super) verdict: &'static str,
    pub(super) exercised: String,
    pub(super) links: Vec<Link>,
}

/// The sentence above the table.
pub(super) fn lead(summary: &Summary) -> String {
    let checks: u64 = summary.properties.iter().map(|p| p.exercised).sum();
    format!(
        "{} properties, checked {} times: at every commit, at every answer, and at the end of each run.",
        summary.properties.len(),
        grouped(checks)
    )
}

/// The rows in the catalogue's order; violated properties come first.
pub(super) fn properties(campaign: &LoadedCampaign, summary: &Summary) -> Vec<Property> {
    let mut verdicts: Vec<&PropertyVerdict> = summary.properties.iter().collect();
    verdicts.sort_by_key(|verdict| match verdict.status {
        PropertyStatus::Violated => 0,
        PropertyStatus::NeverExercised => 1,
        PropertyStatus::Passed => 2,
    });
    let rows = verdicts.into_iter();
    rows.map(|verdict| row(campaign, verdict)).collect()
}

/// A property of an older report has no sentence, but its verdict is shown.
fn row(campaign: &LoadedCampaign, verdict: &PropertyVerdict) -> Property {
    let (class, sign, word) = match verdict.status {
        PropertyStatus::Passed => ("held", "✓", "held"),
        PropertyStatus::Violated => ("violated", "✕", "violated"),
        PropertyStatus::NeverExercised => ("never", "–", "never exercised"),
    };
    Property {
        name: verdict.name.clone(),
        about: verdict.about.clone(),
        class,
        sign,
        verdict: word,
        exercised: grouped(verdict.exercised),
        links: links(campaign, &verdict.name),
    }
}

/// A violated property links to a violation first. A property that held links to a run in which it had something to
/// judge.
fn links(campaign: &LoadedCampaign, property: &str) -> Vec<Link> {
    let link = |text: &str, href: String| Link {
        href,
        text: text.to_owned(),
    };
    let has_verdict = |run: &LoadedRun, standing| {
        let mut verdicts = run.record.properties.iter();
        verdicts.any(|v| v.name == property && v.status == standing)
    };
    let example = campaign
        .runs
        .iter()
        .find(|run| run.record.is_green() && has_verdict(run, PropertyStatus::Passed));
    let counter_example = campaign.runs.iter().find_map(|run| {
        let mut violations = run.record.violations.iter();
        violations
            .find(|violation| violation.property == property)
            .map(|violation| packed_run::href_of_violation(run, violation))
    });
    let counter_example = counter_example.map(|href| link("counter-example", href));
    let example = example.map(|run| link("example", packed_run::href(run)));
    counter_example.into_iter().chain(example).collect()
}
