//! Adds up the reports of several machines into the report of one campaign.
//!
//! Reports that repeat the same work (seeds, combinations or single faults) are refused: adding them would count runs
//! twice.
//!
//! The check compares every pair of reports. A campaign on a cluster has tens of them, so the square of their number
//! is small.

use std::collections::BTreeSet;

use super::{
    campaign_meta::{CampaignMeta, Ratio},
    campaign_report::CampaignReport,
    coverage_gate::CoverageGate,
    planted_bug::PlantedBugResult,
    ranges::Ranges,
    summary::Summary,
};

/// Why reports cannot be parts of one campaign.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MergeError {
    /// Both ran the same seeds, or the same combinations. Give each machine a shard of its own.
    #[error(
        "{one} and {two} both ran the {what} {start}..{end}: give each machine its own shard, and name each report once"
    )]
    SameWork {
        /// One report.
        one: String,
        /// The other.
        two: String,
        /// `seeds`, `pairs` or `triples`.
        what: &'static str,
        /// The first number that both ran.
        start: u64,
        /// The end of the range, exclusive.
        end: u64,
    },
    /// Both ran every single fault. Only one machine may do that.
    #[error("{one} and {two} both ran the single faults: run only seeds on all machines but one")]
    SameSingleFaults {
        /// One report.
        one: String,
        /// The other.
        two: String,
    },
    /// They ran different systems, or combined different faults.
    #[error("{one} and {two} are not of one campaign: {why}")]
    DifferentCampaigns {
        /// One report.
        one: String,
        /// The other.
        two: String,
        /// What differs.
        why: &'static str,
    },
}

/// A report with the name that error messages give it.
pub type NamedReport = (String, CampaignReport);

/// Merges reports into one. The exit code of the result is not decided yet.
///
/// # Errors
/// [`MergeError`]: two of the reports cannot be parts of one campaign.
pub fn merge(reports: &[NamedReport]) -> Result<(Summary, CampaignMeta), MergeError> {
    for (index, one) in reports.iter().enumerate() {
        for two in &reports[index + 1..] {
            require_compatible(one, two)?;
        }
    }
    let mut summary = Summary::default();
    let mut meta = CampaignMeta::default();
    for (name, report) in reports {
        summary.merge(&report.summary());
        meta.merge(name, report);
    }
    require_complete(&mut meta);
    Ok((summary, meta))
}

/// The order of the checks is that of usefulness: if the systems differ, that the seeds overlap is of no interest.
fn require_compatible(one: &NamedReport, two: &NamedReport) -> Result<(), MergeError> {
    let (a, b) = (&one.1.meta, &two.1.meta);
    let different = |why| MergeError::DifferentCampaigns {
        one: one.0.clone(),
        two: two.0.clone(),
        why,
    };
    if a.system != b.system {
        return Err(different("they ran different systems"));
    }
    if let (Some(a), Some(b)) = (&a.combinations, &b.combinations) {
        if (a.choice, &a.bases) != (b.choice, &b.bases) {
            return Err(different("they combined different faults"));
        }
        require_disjoint(one, two, a.choice.name(), &a.ran, &b.ran)?;
    }
    if let (Some(a), Some(b)) = (&a.seeds_run, &b.seeds_run) {
        require_disjoint(one, two, "seeds", a, b)?;
    }
    match a.injection_points.is_some() && b.injection_points.is_some() {
        true => Err(MergeError::SameSingleFaults {
            one: one.0.clone(),
            two: two.0.clone(),
        }),
        false => Ok(()),
    }
}

fn require_disjoint(
    one: &NamedReport,
    two: &NamedReport,
    what: &'static str,
    a: &Ranges,
    b: &Ranges,
) -> Result<(), MergeError> {
    match a.overlap(b) {
        None => Ok(()),
        Some(both) => Err(MergeError::SameWork {
            one: one.0.clone(),
            two: two.0.clone(),
            what,
            start: both.start,
            end: both.end,
        }),
    }
}

/// Marks the campaign as inconclusive if no machine ran some of the combinations.
///
/// Only combinations have a known total. Seeds have none: any number of them is a complete campaign.
fn require_complete(meta: &mut CampaignMeta) {
    if let Some(combinations) = &meta.combinations {
        let (ran, of) = (combinations.ran.count(), combinations.total);
        if ran < of {
            let name = combinations.choice.name();
            let why = format!("{} of {of} {name} are in none of the reports", of - ran);
            meta.inconclusive.push(why);
        }
    }
}

impl CampaignMeta {
    /// Coverage curves and shown runs are not merged. The runs of a curve have an order, which concurrent machines do
    /// not share, and the files of shown runs are in other folders.
    fn merge(&mut self, name: &str, report: &CampaignReport) {
        let other = &report.meta;
        self.system.clone_from(&other.system);
        self.injection_points = self.injection_points.or(other.injection_points);
        self.planted_bugs_caught = fewest(self.planted_bugs_caught, other.planted_bugs_caught);
        self.deterministic = fewest(self.deterministic, other.deterministic);
        self.broken_runs += other.broken_runs;
        self.merge_planted_bugs(&other.planted_bugs);
        if let Some(ran) = &other.seeds_run {
            self.seeds_run.get_or_insert_default().merge(ran);
        }
        if let Some(kept) = other.corpus {
            self.corpus.get_or_insert_default().merge(kept);
        }
        match (&mut self.combinations, &other.combinations) {
            (Some(known), Some(other)) => known.merge(other),
            (known @ None, Some(other)) => *known = Some(other.clone()),
            (_, None) => {}
        }
        // The coverage gate judges all runs together, so a machine's own result at the gate is dropped.
        let of_gate: BTreeSet<String> = CoverageGate::of(&report.summary())
            .missing()
            .into_iter()
            .collect();
        let others = other
            .inconclusive
            .iter()
            .filter(|why| !of_gate.contains(*why));
        self.inconclusive
            .extend(others.map(|why| format!("{name}: {why}")));
    }

    /// Keeps the worst result of each planted bug.
    ///
    /// A bug that one machine misses is missed. Detection must not depend on the machine.
    fn merge_planted_bugs(&mut self, others: &[PlantedBugResult]) {
        for other in others {
            let known = self.planted_bugs.iter_mut();
            match known.into_iter().find(|known| known.name == other.name) {
                None => self.planted_bugs.push(other.clone()),
                Some(known) if known.is_as_expected() && !other.is_as_expected() => {
                    known.clone_from(other)
                }
                Some(_) => {}
            }
        }
    }
}

/// The result with the fewest items that met the condition, if several machines made the same check.
///
/// The worst result counts, not the sum: all machines check the same planted bugs and the same plans.
fn fewest(one: Option<Ratio>, other: Option<Ratio>) -> Option<Ratio> {
    match (one, other) {
        (Some(one), Some(other)) => Some(std::cmp::min_by_key(one, other, |ratio| ratio.met)),
        (one, other) => one.or(other),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::samples::records;

    /// The report of a green and a red run, which claims to have run these seeds.
    fn report(name: &str, seeds: (u64, u64)) -> NamedReport {
        let mut summary = Summary::over(["never-checked"]);
        summary.add(&records::green(), Duration::from_millis(3));
        summary.add(&records::red(), Duration::from_millis(4));
        let meta = CampaignMeta {
            seeds_run: Some(Ranges::from(vec![seeds])),
            ..CampaignMeta::default()
        };
        let report = CampaignReport::of(&summary, Duration::from_millis(5), meta);
        (name.to_owned(), report)
    }

    /// The same failure on two machines is one finding with two runs.
    #[test]
    fn merged_reports_are_the_report_of_all_runs() {
        let (merged, meta) = merge(&[report("a", (0, 2)), report("b", (2, 4))]).unwrap();
        let mut whole = Summary::over(["never-checked"]);
        for _ in 0..2 {
            whole.add(&records::green(), Duration::from_millis(3));
            whole.add(&records::red(), Duration::from_millis(4));
        }
        let shown = |summary: &Summary| {
            let report = CampaignReport::of(summary, Duration::ZERO, CampaignMeta::default());
            serde_json::to_string(&report).unwrap()
        };
        assert_eq!(shown(&merged), shown(&whole));
        assert_eq!(merged.findings[0].runs, 2, "one cause on two machines");
        assert_eq!(meta.seeds_run, Some(vec![(0, 4)].into()));
    }

    #[test]
    fn the_same_seeds_twice_are_refused() {
        let refused = merge(&[
            report("a", (0, 10)),
            report("b", (20, 30)),
            report("c", (25, 40)),
        ]);
        assert_eq!(
            refused.unwrap_err().to_string(),
            "b and c both ran the seeds 25..30: give each machine its own shard, and name each report once"
        );
    }

    /// One machine may run the single faults, while the others run seeds.
    #[test]
    fn different_systems_and_single_faults_twice_are_refused() {
        let (mut one, mut two) = (report("a", (0, 1)), report("b", (1, 2)));
        one.1.meta.injection_points = Some(Ratio::default());
        two.1.meta.injection_points = Some(Ratio::default());
        let error = merge(&[one.clone(), two.clone()]).unwrap_err();
        assert!(
            matches!(error, MergeError::SameSingleFaults { .. }),
            "{error}"
        );
        two.1.meta.injection_points = None;
        assert!(merge(&[one.clone(), two.clone()]).is_ok());
        two.1.meta.system = Some("double-undo".to_owned());
        let error = merge(&[one, two]).unwrap_err();
        assert!(
            matches!(error, MergeError::DifferentCampaigns { .. }),
            "{error}"
        );
    }

    /// A machine's share may be too small for the gate, and all shares together are not. That it was stopped is true
    /// in any case.
    #[test]
    fn a_machines_own_coverage_gate_is_dropped_and_its_other_doubts_are_kept() {
        let (name, mut one) = report("a", (0, 1));
        let mut summary = one.summary();
        summary.runs = 1_000;
        one = CampaignReport::of(&summary, Duration::ZERO, one.meta);
        one.meta.inconclusive = CoverageGate::of(&summary).missing();
        assert!(!one.meta.inconclusive.is_empty());
        one.meta.inconclusive.push("it was stopped".to_owned());
        let (_, meta) = merge(&[(name, one)]).unwrap();
        assert_eq!(meta.inconclusive, ["a: it was stopped"]);
    }
}
