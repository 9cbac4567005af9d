//! Whether two campaigns can be compared: what each of them ran, how much of it, and whether it came to its end.
//!
//! A difference between campaigns of other plans or another length says little about the change between them. The comparison is
//! made all the same, because a new failure is a new failure; these sentences say what else may have caused it.

use super::{campaign_report::CampaignReport, provenance::Provenance};
use crate::units::grouped;

/// A campaign with so many times the runs of the other sees more, whatever changed in between.
const LENGTH_RATIO_MAX: u64 = 2;

/// Why the two campaigns cannot be compared, or only in part.
pub(super) fn caveats(before: &CampaignReport, after: &CampaignReport) -> Vec<String> {
    let all = [
        systems(before, after),
        programs(before, after),
        lengths(before, after),
        seeds(before, after),
        unfinished(before, after),
    ];
    all.into_iter().flatten().collect()
}

fn systems(before: &CampaignReport, after: &CampaignReport) -> Option<String> {
    let name = |report: &CampaignReport| match &report.meta.system {
        Some(bug) => format!("the planted bug {bug}"),
        None => "the product".to_owned(),
    };
    let (one, other) = (name(before), name(after));
    (one != other).then(|| format!("the earlier campaign ran {one}, the later one {other}"))
}

/// Another program has another system under test.
fn programs(before: &CampaignReport, after: &CampaignReport) -> Option<String> {
    let program = |report: &CampaignReport| Provenance::program_of(report.meta.provenance.as_ref());
    let (one, other) = (program(before), program(after));
    (one != other).then(|| format!("they are of different systems: `{one}` and `{other}`"))
}

fn lengths(before: &CampaignReport, after: &CampaignReport) -> Option<String> {
    let (one, other) = (before.summary().runs, after.summary().runs);
    let (less, more) = (one.min(other), one.max(other));
    (more > less.saturating_mul(LENGTH_RATIO_MAX)).then(|| {
        let (one, other) = (grouped(one), grouped(other));
        format!(
            "they differ in length, {one} and {other} runs: the longer one covers and finds more"
        )
    })
}

/// Only if both say which seeds they ran: a campaign of other plans does not.
fn seeds(before: &CampaignReport, after: &CampaignReport) -> Option<String> {
    let (one, other) = (&before.meta.seeds_run, &after.meta.seeds_run);
    match (one, other) {
        (Some(one), Some(other)) if one.overlap(other).is_none() => {
            Some("they share no seed: a failure may be new because its seed is".to_owned())
        }
        (None, Some(_)) | (Some(_), None) => {
            Some("only one of them ran seeds: they searched in different ways".to_owned())
        }
        _ => None,
    }
}

fn unfinished(before: &CampaignReport, after: &CampaignReport) -> Option<String> {
    let is_open = |report: &CampaignReport| !report.meta.inconclusive.is_empty();
    let which = match (is_open(before), is_open(after)) {
        (true, true) => "neither campaign is conclusive",
        (true, false) => "the earlier campaign is not conclusive",
        (false, true) => "the later campaign is not conclusive",
        (false, false) => return None,
    };
    let reasons = before
        .meta
        .inconclusive
        .iter()
        .chain(&after.meta.inconclusive);
    Some(format!(
        "{which}: {}",
        reasons.cloned().collect::<Vec<_>>().join("; ")
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        analysis::{CampaignMeta, ranges::Ranges},
        archive::RunRole,
        samples::{campaign, records},
    };

    fn report(runs: usize, meta: CampaignMeta) -> CampaignReport {
        let runs = vec![(RunRole::Example, records::green()); runs];
        campaign::of(&runs, meta).report
    }

    fn of_seeds(seeds: std::ops::Range<u64>) -> CampaignMeta {
        let mut ran = Ranges::default();
        ran.insert(seeds);
        CampaignMeta {
            seeds_run: Some(ran),
            ..CampaignMeta::default()
        }
    }

    #[test]
    fn equal_campaigns_can_be_compared() {
        let (one, other) = (report(2, of_seeds(0..2)), report(3, of_seeds(0..3)));
        assert_eq!(caveats(&one, &other), Vec::<String>::new());
    }

    #[test]
    fn another_system_length_and_seeds_and_an_early_end_are_said() {
        let mut meta = of_seeds(5..9);
        meta.system = Some("double-undo".to_owned());
        meta.inconclusive = vec!["it was stopped".to_owned()];
        let found = caveats(&report(1, of_seeds(0..1)), &report(4, meta));
        let parts = [
            "ran the product, the later one the planted bug double-undo",
            "1 and 4 runs",
            "share no seed",
            "the later campaign is not conclusive: it was stopped",
        ];
        assert_eq!(found.len(), parts.len(), "{found:?}");
        for (caveat, part) in found.iter().zip(parts) {
            assert!(caveat.contains(part), "{caveat}");
        }
        let plans = report(1, CampaignMeta::default());
        let found = caveats(&plans, &report(1, of_seeds(0..1)));
        assert!(found[0].contains("only one of them ran seeds"), "{found:?}");
    }
}
