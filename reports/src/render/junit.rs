//! A campaign as a JUnit report: one suite for each property, with one case for each run.
//!
//! A failed case has the observed values, its cause with the answers why it failed, the replay command and a link into `report.html`. A long campaign's run index
//! is bounded, so each suite says how many runs are folded. Results that belong to no property (planted bugs,
//! determinism, coverage) are in a separate suite, so a campaign that fails for one of them fails in JUnit, too.

use likewise_world::record::PropertyStatus;
use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use crate::{
    analysis::{Cause, PlantedBugResult, RunIndex, RunOutcome, Why},
    archive::{LoadedCampaign, LoadedRun},
    units::count,
};

/// The JUnit report of a campaign.
///
/// # Errors
/// The library's, if it cannot write XML. No campaign causes that.
pub fn render(campaign: &LoadedCampaign) -> Result<String, quick_junit::SerializeError> {
    let summary = campaign.report.summary();
    let causes = summary.causes();
    let campaign_and_causes = (campaign, causes.as_slice());
    let mut report = Report::new("likewise");
    for (index, property) in summary.properties.iter().enumerate() {
        let suite = suite(
            campaign_and_causes,
            &property.name,
            index,
            &summary.run_index,
        );
        report.add_test_suite(suite);
    }
    report.add_test_suite(campaign_suite(campaign));
    report.to_string()
}

/// Runs become cases of every suite, so that a CI service shows for each property how often it held and where it did
/// not.
fn suite(
    campaign: (&LoadedCampaign, &[Cause<'_>]),
    property: &str,
    index: usize,
    run_index: &RunIndex,
) -> TestSuite {
    let mut suite = TestSuite::new(property);
    let outcomes = run_index.runs.iter();
    suite.add_test_cases(
        outcomes.map(|outcome| case(campaign, property, outcome, outcome.standing(index))),
    );
    if let Some(folded) = folded(run_index) {
        suite.set_system_out(folded);
    }
    suite
}

/// A reader who counts the cases would otherwise think that the campaign was small.
fn folded(run_index: &RunIndex) -> Option<String> {
    let (green, red) = (run_index.green_folded, run_index.red_folded);
    (green + red > 0).then(|| {
        let green = count(green, "more run", "more runs");
        let red = count(red, "that violated one", "that violated one");
        format!("folded: {green} in which every property held, {red}; report.json counts all")
    })
}

/// A property that was never exercised is skipped, not passed. Most CI services show skipped cases in a colour of
/// their own.
fn case(
    (campaign, causes): (&LoadedCampaign, &[Cause<'_>]),
    property: &str,
    outcome: &RunOutcome,
    standing: PropertyStatus,
) -> TestCase {
    let status = match standing {
        PropertyStatus::Passed => TestCaseStatus::success(),
        PropertyStatus::NeverExercised => {
            let mut status = TestCaseStatus::skipped();
            status.set_message("never exercised");
            status
        }
        PropertyStatus::Violated => {
            let detail = outcome
                .details
                .get(property)
                .map_or("violated", String::as_str);
            let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
            let cause = cause_of(causes, outcome);
            let kind = cause.map_or(property, |cause| cause.title.as_str());
            status.set_type(kind).set_message(detail);
            status.set_description(description(campaign, cause, outcome, detail));
            status
        }
    };
    let mut case = TestCase::new(outcome.name.as_str(), status);
    case.set_classname(property);
    case
}

/// The cause of a run that violated a property.
fn cause_of<'c>(causes: &'c [Cause<'c>], outcome: &RunOutcome) -> Option<&'c Cause<'c>> {
    let fingerprint = outcome.finding.as_ref()?;
    causes.iter().find(|cause| {
        let mut findings = cause.findings.iter();
        findings.any(|finding| finding.fingerprint == *fingerprint)
    })
}

fn description(
    campaign: &LoadedCampaign,
    cause: Option<&Cause<'_>>,
    outcome: &RunOutcome,
    detail: &str,
) -> String {
    let mut lines = vec![detail.to_owned()];
    if let Some(cause) = cause {
        let runs = count(cause.runs, "run", "runs");
        lines.push(format!("cause: {}, in {runs}", cause.title));
        let answers = cause.why().map(Why::answers).unwrap_or_default();
        lines.extend(answers.iter().map(|(name, text)| format!("{name}: {text}")));
    }
    if let Some(replay) = &outcome.replay {
        lines.push(format!("replay: {replay}"));
    }
    let run = outcome
        .folder
        .as_deref()
        .and_then(|folder| campaign.run(folder));
    if let Some(run) = run {
        lines.push(format!("report: {}", link(run)));
    }
    lines.join("\n")
}

/// The link to a run in the HTML report.
fn link(run: &LoadedRun) -> String {
    match run.record.plan.seed {
        Some(seed) => format!("report.html#seed={seed}"),
        None => format!("report.html#run={}", run.folder),
    }
}

/// The results that belong to no property.
///
/// A CI job that reads only this file must come to the same verdict as the exit code.
fn campaign_suite(campaign: &LoadedCampaign) -> TestSuite {
    let meta = &campaign.report.meta;
    let mut suite = TestSuite::new("campaign");
    let coverage = match meta.inconclusive.is_empty() {
        true => TestCaseStatus::success(),
        false => failed("inconclusive", &meta.inconclusive.join("\n")),
    };
    let records = match meta.broken_runs {
        0 => TestCaseStatus::success(),
        broken => failed(
            "broken",
            &format!("{} without a record", count(broken, "run", "runs")),
        ),
    };
    let mut cases = vec![
        ("enough is covered", coverage),
        ("every run has a record", records),
    ];
    if let Some(ratio) = meta.deterministic {
        let status = match ratio.all() {
            true => TestCaseStatus::success(),
            false => failed(
                "not deterministic",
                &format!(
                    "{} of {} plans gave the same run again",
                    ratio.met, ratio.of
                ),
            ),
        };
        cases.push(("the same plan gives the same run", status));
    }
    for (name, status) in cases {
        let mut case = TestCase::new(name, status);
        case.set_classname("campaign");
        suite.add_test_case(case);
    }
    suite.add_test_cases(meta.planted_bugs.iter().map(planted_bug));
    suite
}

fn planted_bug(result: &PlantedBugResult) -> TestCase {
    let status = match result.is_as_expected() {
        true => TestCaseStatus::success(),
        false => {
            let by = result.by.join(", ");
            let observed = format!("violated: {by}\nreplay: {}", result.replay);
            failed("planted bug", &format!("{}\n{observed}", result.flaw))
        }
    };
    let mut case = TestCase::new(format!("planted bug {}", result.name), status);
    case.set_classname("planted-bugs");
    case
}

/// Readers show the message in a list, so it is one line. The description has everything.
fn failed(kind: &str, why: &str) -> TestCaseStatus {
    let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
    let first = why.lines().next().unwrap_or(kind).to_owned();
    status
        .set_type(kind)
        .set_message(first)
        .set_description(why);
    status
}

#[cfg(test)]
mod tests {
    use likewise_world::record::RunRecord;

    use super::*;
    use crate::{
        analysis::{CampaignMeta, GREEN_MAX, Ratio},
        archive::RunRole,
        samples::{campaign, records},
    };

    fn rendered(runs: &[(RunRole, RunRecord)], meta: CampaignMeta) -> String {
        render(&campaign::of(runs, meta)).unwrap()
    }

    #[test]
    fn a_green_and_a_red_run() {
        let runs = [
            (RunRole::Failure, records::red()),
            (RunRole::Example, records::green()),
        ];
        insta::assert_snapshot!(rendered(&runs, CampaignMeta::default()));
    }

    /// The number of cases is bounded, and the reader is told what is missing.
    #[test]
    fn many_runs_are_folded_and_counted() {
        let green = (RunRole::Example, records::green());
        let runs = vec![green; GREEN_MAX as usize + 3];
        let text = rendered(&runs, CampaignMeta::default());
        assert!(text.contains("folded: 3 more runs in which every property held"));
        assert_eq!(text.matches("<testsuite ").count(), 4);
    }

    #[test]
    fn a_campaign_that_is_not_green_has_a_failed_case() {
        let meta = CampaignMeta {
            inconclusive: vec!["2 of 8 injection points are not covered".to_owned()],
            deterministic: Some(Ratio { met: 3, of: 4 }),
            broken_runs: 1,
            ..CampaignMeta::default()
        };
        let text = rendered(&[(RunRole::Example, records::green())], meta);
        for message in [
            "2 of 8 injection points",
            "3 of 4 plans gave the same run again",
            "1 run without a record",
        ] {
            assert!(text.contains(message), "{message}\n{text}");
        }
        assert!(text.contains("failures=\"3\""), "{text}");
    }

    /// The structure is compared with that of a harmless run, so no escaping rule is repeated here.
    #[test]
    fn hostile_text_is_text() {
        for hostile in records::HOSTILE {
            let text = rendered(
                &[(RunRole::Failure, records::hostile(hostile))],
                CampaignMeta::default(),
            );
            let calm = rendered(
                &[(RunRole::Failure, records::red())],
                CampaignMeta::default(),
            );
            for tag in [
                "<testcase",
                "<testsuite",
                "<failure",
                "<script",
                "<!",
                "<?",
                "]]>",
            ] {
                let count = |text: &str| text.matches(tag).count();
                assert_eq!(count(&text), count(&calm), "{hostile:?}: {tag}\n{text}");
            }
            let is_xml = |c: char| !c.is_control() || c == '\n' || c == '\t' || c == '\r';
            assert!(text.chars().all(is_xml), "{hostile:?}");
        }
    }
}
