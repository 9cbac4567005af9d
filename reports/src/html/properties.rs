//! The properties: what each says, whether it held, and where to see it. One that nothing tested is amber, never green.

use likewise_sim::{
    likes::invariants::PROPERTIES,
    record::{PropertyStatus, PropertyVerdict},
};

use super::{Link, block, verdict::grouped};
use crate::{
    dossier::{Dossier, Shown},
    summary::Summary,
};

/// One row.
pub(super) struct Property {
    pub(super) name: String,
    pub(super) about: &'static str,
    pub(super) class: &'static str,
    pub(super) sign: &'static str,
    pub(super) verdict: &'static str,
    pub(super) exercised: String,
    pub(super) links: Vec<Link>,
}

/// What the table shows.
pub(super) fn lead(summary: &Summary) -> String {
    let tests: u64 = summary.properties.iter().map(|p| p.exercised).sum();
    format!(
        "{} properties, put to the test {} times: at every commit, at every answer, and when everything has come to rest.",
        summary.properties.len(),
        grouped(tests)
    )
}

/// The rows, in the catalogue's order, what was violated first.
pub(super) fn properties(dossier: &Dossier, summary: &Summary) -> Vec<Property> {
    let mut verdicts: Vec<&PropertyVerdict> = summary.properties.iter().collect();
    verdicts.sort_by_key(|verdict| match verdict.status {
        PropertyStatus::Violated => 0,
        PropertyStatus::NeverExercised => 1,
        PropertyStatus::Passed => 2,
    });
    let rows = verdicts.into_iter();
    rows.map(|verdict| row(dossier, verdict)).collect()
}

fn row(dossier: &Dossier, verdict: &PropertyVerdict) -> Property {
    let (class, sign, word) = match verdict.status {
        PropertyStatus::Passed => ("held", "✓", "held"),
        PropertyStatus::Violated => ("violated", "✕", "violated"),
        PropertyStatus::NeverExercised => ("never", "–", "never exercised"),
    };
    let known = PROPERTIES.iter().find(|known| known.name == verdict.name);
    Property {
        name: verdict.name.clone(),
        about: known.map_or("", |known| known.about),
        class,
        sign,
        verdict: word,
        exercised: grouped(verdict.exercised),
        links: links(dossier, &verdict.name),
    }
}

fn links(dossier: &Dossier, property: &str) -> Vec<Link> {
    let link = |text: &str, href: String| Link {
        href,
        text: text.to_owned(),
    };
    let stands = |shown: &Shown, standing| {
        let mut verdicts = shown.record.properties.iter();
        verdicts.any(|v| v.name == property && v.status == standing)
    };
    let example = dossier
        .runs
        .iter()
        .find(|shown| shown.record.is_green() && stands(shown, PropertyStatus::Passed));
    let counter = dossier.runs.iter().find_map(|shown| {
        let mut violations = shown.record.violations.iter();
        violations
            .find(|violation| violation.property == property)
            .map(|violation| block::href_of_violation(shown, violation))
    });
    let counter = counter.map(|href| link("counter-example", href));
    let example = example.map(|shown| link("example", block::href(shown)));
    counter.into_iter().chain(example).collect()
}
