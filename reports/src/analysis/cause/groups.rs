//! Causes: the findings of a campaign that are one mistake, shown after other faults and noticed by other properties.
//!
//! ```text
//!  findings with the same first wrong change   \
//!                                               ├──►  one cause, and its smallest plan stands for all
//!  findings with the same shape of minimal plan /
//! ```
//!
//! A report names causes and not fingerprints: fifty runs of one mistake are fifty runs, and not eighteen ways to fail.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::analysis::{Finding, Why};

/// Findings with one cause.
#[derive(Debug, Clone)]
pub struct Cause<'f> {
    /// The cause in a few words: the first wrong change, or the property and where it was noticed.
    pub title: String,
    /// The runs of all findings.
    pub runs: u64,
    /// The finding that stands for all: the one with the smallest minimal plan.
    pub shown: &'f Finding,
    /// All findings, in the order of the campaign.
    pub findings: Vec<&'f Finding>,
}

/// A cause, as `report.json` has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "Cause")]
pub struct CauseSummary {
    /// The cause in a few words.
    pub title: String,
    /// The runs that failed for it.
    pub runs: u64,
    /// The properties that noticed it first.
    pub properties: Vec<String>,
    /// The fingerprint of the finding that stands for all.
    pub shown: String,
    /// The fingerprints of all findings.
    pub findings: Vec<String>,
}

impl<'f> Cause<'f> {
    fn of(findings: Vec<&'f Finding>) -> Option<Self> {
        let shown = findings
            .iter()
            .copied()
            .min_by_key(|finding| rank(finding))?;
        Some(Self {
            title: title(shown),
            runs: findings.iter().map(|finding| finding.runs).sum(),
            shown,
            findings,
        })
    }

    /// Why the run that stands for all failed. `None` in older reports.
    #[must_use]
    pub fn why(&self) -> Option<&'f Why> {
        let minimal = self.shown.minimal.as_ref();
        let of_minimal = minimal.and_then(|minimal| minimal.why.as_ref());
        of_minimal.or(self.shown.why.as_ref())
    }

    /// The run that stands for all, in three sentences.
    #[must_use]
    pub fn explanation(&self) -> &'f [String; 3] {
        let minimal = self.shown.minimal.as_ref();
        minimal.map_or(&self.shown.explanation, |minimal| &minimal.explanation)
    }

    /// The properties that noticed it first, each once.
    #[must_use]
    pub fn properties(&self) -> Vec<&'f str> {
        let mut properties: Vec<&str> = Vec::new();
        for finding in &self.findings {
            if !properties.contains(&finding.property.as_str()) {
                properties.push(&finding.property);
            }
        }
        properties
    }

    /// The same, as `report.json` has it.
    #[must_use]
    pub fn summary(&self) -> CauseSummary {
        let fingerprint = |finding: &&Finding| finding.fingerprint.clone();
        CauseSummary {
            title: self.title.clone(),
            runs: self.runs,
            properties: self.properties().into_iter().map(str::to_owned).collect(),
            shown: self.shown.fingerprint.clone(),
            findings: self.findings.iter().map(fingerprint).collect(),
        }
    }
}

/// The causes of these findings. Those with a minimal plan come first, and among them those with more runs: they explain
/// most.
#[must_use]
pub fn causes(findings: &[Finding]) -> Vec<Cause<'_>> {
    let mut groups: Vec<usize> = (0..findings.len()).collect();
    let mut first_with: BTreeMap<String, usize> = BTreeMap::new();
    for (place, finding) in findings.iter().enumerate() {
        for key in keys(finding) {
            let known = *first_with.entry(key).or_insert(place);
            join(&mut groups, known, place);
        }
    }
    let mut members: BTreeMap<usize, Vec<&Finding>> = BTreeMap::new();
    for (place, finding) in findings.iter().enumerate() {
        members.entry(groups[place]).or_default().push(finding);
    }
    let mut causes: Vec<Cause<'_>> = members.into_values().filter_map(Cause::of).collect();
    causes.sort_by_key(|cause| (cause.shown.minimal.is_none(), std::cmp::Reverse(cause.runs)));
    causes
}

/// What a finding shares with others of its cause. Findings of older reports know only how they failed.
fn keys(finding: &Finding) -> Vec<String> {
    let of_run = finding
        .why
        .as_ref()
        .map(|why| format!("cause {}", why.cause));
    let minimal = finding.minimal.as_ref();
    let of_minimal = minimal.and_then(|it| it.why.as_ref());
    let of_minimal = of_minimal.map(|why| format!("cause {}", why.cause));
    let shape = minimal.filter(|it| !it.shape.is_empty());
    let shape = shape.map(|it| format!("shape {}", it.shape));
    let mut keys: Vec<String> = of_run.into_iter().chain(of_minimal).chain(shape).collect();
    if keys.is_empty() {
        keys.push(match finding.failure.as_str() {
            "" => format!("fingerprint {}", finding.fingerprint),
            failure => format!("failure {failure}"),
        });
    }
    keys
}

/// Joins the groups of two findings. The group of the earlier one stays.
fn join(groups: &mut [usize], one: usize, other: usize) {
    let (one, other) = (groups[one], groups[other]);
    let (kept, joined) = (one.min(other), one.max(other));
    for group in groups.iter_mut().filter(|group| **group == joined) {
        *group = kept;
    }
}

/// From the finding that explains most to the one that explains least.
fn rank(finding: &Finding) -> (bool, usize, usize) {
    let minimal = finding.minimal.as_ref();
    let size = minimal.map_or(usize::MAX, |it| it.after.faults + it.after.operations);
    (minimal.is_none(), size, finding.fingerprint.len())
}

fn title(shown: &Finding) -> String {
    let minimal = shown.minimal.as_ref().and_then(|it| it.why.as_ref());
    let why = minimal.or(shown.why.as_ref());
    why.map_or_else(|| shown.property.clone(), |why| why.cause.clone())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples::{campaign, records};

    /// A finding of a run that failed after this fault, with this first wrong change.
    fn finding(fault: &str, cause: &str, runs: u64) -> Finding {
        let mut finding = campaign::summary().findings[0].clone();
        finding.fingerprint = format!("sold-equals-orders after {fault}");
        finding.runs = runs;
        finding.why.as_mut().unwrap().cause = cause.to_owned();
        finding
    }

    fn shrunk(mut finding: Finding, shape: &str) -> Finding {
        let mut minimal = crate::analysis::MinimalPlan::sample(&records::red());
        minimal.why = None;
        minimal.shape = shape.to_owned();
        finding.minimal = Some(minimal);
        finding
    }

    fn runs(findings: &[Finding]) -> Vec<u64> {
        causes(findings).iter().map(|cause| cause.runs).collect()
    }

    #[test]
    fn findings_with_the_same_first_wrong_change_are_one_cause() {
        let findings = [
            finding("a crash", "an action ran twice", 3),
            finding("a pause", "a compensation ran twice", 1),
            finding("a lost reply", "an action ran twice", 5),
        ];
        assert_eq!(runs(&findings), [8, 1]);
        let causes = causes(&findings);
        assert_eq!(causes[0].title, "an action ran twice");
        assert_eq!(causes[0].summary().findings.len(), 2);
    }

    /// A chain: one shares its first wrong change, another one the shape of its minimal plan.
    #[test]
    fn findings_with_the_same_minimal_plan_are_one_cause() {
        let findings = [
            finding("a crash", "an action ran twice", 3),
            shrunk(finding("a pause", "likes at rest", 1), "lose-reply"),
            shrunk(
                finding("a lost reply", "an action ran twice", 5),
                "lose-reply",
            ),
            shrunk(finding("a delay", "no end at rest", 2), "delay"),
        ];
        assert_eq!(runs(&findings), [9, 2]);
        assert!(
            causes(&findings)[0].shown.minimal.is_some(),
            "the shrunk one is shown"
        );
    }

    #[test]
    fn findings_of_older_reports_are_joined_by_how_they_failed() {
        let older = |fault: &str, failure: &str| {
            let mut finding = finding(fault, "", 1);
            finding.why = None;
            finding.failure = failure.to_owned();
            finding
        };
        let findings = [
            older("a", "x at rest"),
            older("b", "x at rest"),
            older("c", ""),
        ];
        assert_eq!(runs(&findings), [2, 1]);
    }
}
