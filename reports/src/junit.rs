//! The campaign as a JUnit report: a suite for each property, in it a case for each run.
//!
//! A case that failed says what was seen, how to run it again, and where `report.html` shows it. Of a long campaign the
//! ledger lists the first runs and every violating one it has place for; how many are folded is said in each suite.
//! What is not about a property (the specimens, determinism, coverage) is a suite of its own, so that a campaign that
//! ends red is red here too.

use likewise_sim::record::PropertyStatus;
use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use crate::{
    dossier::{Dossier, Shown},
    ledger::{Entry, Ledger},
    specimen::SpecimenResult,
    terminal::count,
};

/// The report.
///
/// # Errors
/// The library's; it depends on nothing that a dossier says.
pub fn render(dossier: &Dossier) -> Result<String, quick_junit::SerializeError> {
    let summary = dossier.report.summary();
    let mut report = Report::new("likewise");
    for (place, property) in summary.properties.iter().enumerate() {
        let suite = suite(dossier, &property.name, place, &summary.ledger);
        report.add_test_suite(suite);
    }
    report.add_test_suite(campaign(dossier));
    report.to_string()
}

fn suite(dossier: &Dossier, property: &str, place: usize, ledger: &Ledger) -> TestSuite {
    let mut suite = TestSuite::new(property);
    let cases = ledger.runs.iter();
    suite.add_test_cases(cases.map(|entry| case(dossier, property, entry, entry.standing(place))));
    if let Some(folded) = folded(ledger) {
        suite.set_system_out(folded);
    }
    suite
}

fn folded(ledger: &Ledger) -> Option<String> {
    let (green, red) = (ledger.green_folded, ledger.red_folded);
    (green + red > 0).then(|| {
        let green = count(green, "more run", "more runs");
        let red = count(red, "that violated one", "that violated one");
        format!("folded: {green} in which every property held, {red}; report.json counts all")
    })
}

fn case(dossier: &Dossier, property: &str, entry: &Entry, standing: PropertyStatus) -> TestCase {
    let status = match standing {
        PropertyStatus::Passed => TestCaseStatus::success(),
        PropertyStatus::NeverExercised => {
            let mut status = TestCaseStatus::skipped();
            status.set_message("never exercised");
            status
        }
        PropertyStatus::Violated => {
            let detail = entry
                .details
                .get(property)
                .map_or("violated", String::as_str);
            let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
            status.set_type(property).set_message(detail);
            status.set_description(described(dossier, entry, detail));
            status
        }
    };
    let mut case = TestCase::new(entry.name.as_str(), status);
    case.set_classname(property);
    case
}

fn described(dossier: &Dossier, entry: &Entry, detail: &str) -> String {
    let mut lines = vec![detail.to_owned()];
    if let Some(replay) = &entry.replay {
        lines.push(format!("replay: {replay}"));
    }
    let shown = entry
        .folder
        .as_deref()
        .and_then(|folder| dossier.run(folder));
    if let Some(shown) = shown {
        lines.push(format!("report: {}", link(shown)));
    }
    lines.join("\n")
}

/// Where the page shows a run.
fn link(shown: &Shown) -> String {
    match shown.record.plan.seed {
        Some(seed) => format!("report.html#seed={seed}"),
        None => format!("report.html#run={}", shown.folder),
    }
}

/// What is said about the campaign as a whole.
fn campaign(dossier: &Dossier) -> TestSuite {
    let course = &dossier.report.course;
    let mut suite = TestSuite::new("campaign");
    let covered = match course.inconclusive.is_empty() {
        true => TestCaseStatus::success(),
        false => failed("inconclusive", &course.inconclusive.join("\n")),
    };
    let whole = match course.broken_runs {
        0 => TestCaseStatus::success(),
        broken => failed(
            "broken",
            &format!("{} without a record", count(broken, "run", "runs")),
        ),
    };
    let mut cases = vec![
        ("enough is covered", covered),
        ("every run has a record", whole),
    ];
    if let Some(same) = course.deterministic {
        let status = match same.all() {
            true => TestCaseStatus::success(),
            false => failed(
                "not deterministic",
                &format!("{} of {} plans ran the same again", same.met, same.of),
            ),
        };
        cases.push(("the same plan is the same run", status));
    }
    for (name, status) in cases {
        let mut case = TestCase::new(name, status);
        case.set_classname("campaign");
        suite.add_test_case(case);
    }
    suite.add_test_cases(course.specimen_results.iter().map(specimen));
    suite
}

fn specimen(result: &SpecimenResult) -> TestCase {
    let status = match result.is_good() {
        true => TestCaseStatus::success(),
        false => {
            let by = result.by.join(", ");
            let seen = format!("violated: {by}\nreplay: {}", result.replay);
            failed("specimen", &format!("{}\n{seen}", result.flaw))
        }
    };
    let mut case = TestCase::new(format!("specimen {}", result.name), status);
    case.set_classname("specimens");
    case
}

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
    use super::*;
    use crate::{
        dossier::Role,
        ledger::GREEN_MAX,
        report::{Course, Met},
        samples,
    };

    fn rendered(records: &[(Role, likewise_sim::record::RunRecord)], course: Course) -> String {
        render(&samples::dossier(records, course)).unwrap()
    }

    #[test]
    fn a_green_and_a_red_run() {
        let records = [
            (Role::Failure, samples::red()),
            (Role::Example, samples::green()),
        ];
        insta::assert_snapshot!(rendered(&records, Course::default()));
    }

    #[test]
    fn many_runs_are_folded_and_that_is_said() {
        let green = (Role::Example, samples::green());
        let records = vec![green; GREEN_MAX as usize + 3];
        let text = rendered(&records, Course::default());
        assert!(text.contains("folded: 3 more runs in which every property held"));
        assert_eq!(text.matches("<testsuite ").count(), 4);
    }

    #[test]
    fn a_campaign_that_is_not_green_has_a_case_that_is_not() {
        let course = Course {
            inconclusive: vec!["2 of 8 cuts are not covered".to_owned()],
            deterministic: Some(Met { met: 3, of: 4 }),
            broken_runs: 1,
            ..Course::default()
        };
        let text = rendered(&[(Role::Example, samples::green())], course);
        for says in [
            "2 of 8 cuts",
            "3 of 4 plans ran the same again",
            "1 run without a record",
        ] {
            assert!(text.contains(says), "{says}\n{text}");
        }
        assert!(text.contains("failures=\"3\""), "{text}");
    }

    #[test]
    fn hostile_text_is_text() {
        for hostile in samples::HOSTILE {
            let text = rendered(
                &[(Role::Failure, samples::hostile(hostile))],
                Course::default(),
            );
            let calm = rendered(&[(Role::Failure, samples::red())], Course::default());
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
