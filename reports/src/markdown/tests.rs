use super::*;
use crate::{report::Course, report::SummaryLine, samples};

fn dossier(records: &[(Role, RunRecord)]) -> Dossier {
    samples::dossier(records, Course::default())
}

#[test]
fn a_green_and_a_red_run() {
    let records = [
        (Role::Failure, samples::red()),
        (Role::Example, samples::green()),
    ];
    insta::assert_snapshot!(render(&dossier(&records)));
}

#[test]
fn a_green_campaign_shows_no_diagram() {
    let text = render(&dossier(&[(Role::Example, samples::green())]));
    assert!(
        text.starts_with("# ✅ Likewise: every property held"),
        "{text}"
    );
    assert!(!text.contains("mermaid"), "{text}");
}

#[test]
fn what_is_not_certain_comes_first_and_is_not_green() {
    let course = Course {
        inconclusive: vec!["3 of 8 cuts are not covered".to_owned()],
        exit: 3,
        ..Course::default()
    };
    let records = [(Role::Example, samples::green())];
    let text = render(&samples::dossier(&records, course));
    assert!(text.starts_with("# ⚠️"), "{text}");
    assert!(text.contains("- 3 of 8 cuts are not covered"), "{text}");
}

#[test]
fn hostile_text_injects_nothing() {
    let calm = render(&dossier(&[(Role::Failure, samples::red())]));
    for hostile in samples::HOSTILE {
        let record = samples::hostile(hostile);
        let text = render(&dossier(&[(Role::Failure, record)]));
        assert_eq!(
            shape(&text),
            shape(&calm),
            "{hostile:?} changed the shape:\n{text}"
        );
        for markup in [
            "<script",
            "<img",
            "](http",
            "@everyone",
            "\u{1b}",
            "\u{202e}",
        ] {
            let outside_code = without_code(&text);
            assert!(!outside_code.contains(markup), "{hostile:?}:\n{text}");
        }
    }
}

/// The kinds of lines: text from outside must not add one.
fn shape(text: &str) -> Vec<String> {
    let kind = |line: &str| {
        let marks: String = line
            .chars()
            .take_while(|c| "#|`-1. ".contains(*c))
            .collect();
        // Only a line of a table has cells.
        let cells = match line.starts_with('|') {
            true => line.replace("\\|", "").matches('|').count(),
            false => 0,
        };
        format!("{marks} {cells}")
    };
    // A diagram names what is in it, which may differ: its lines are looked at on their own.
    let is_drawn = |line: &&str| line.starts_with("  ");
    text.lines()
        .filter(|line| !is_drawn(line))
        .map(kind)
        .collect()
}

/// Without code spans and blocks, whose content is inert.
fn without_code(text: &str) -> String {
    let lines = text.lines().filter(|line| !line.starts_with("  "));
    let odd = |line: &str| {
        let parts = line.split('`').enumerate();
        let outside = parts.filter(|(place, _)| place % 2 == 0);
        outside.map(|(_, part)| part).collect::<String>()
    };
    lines.map(odd).collect::<Vec<_>>().join("\n")
}

#[test]
fn a_summary_stays_below_one_mebibyte_and_says_what_is_missing() {
    let mut record = samples::red();
    record.violations[0].detail = "x|".repeat(10_000);
    let mut dossier = dossier(&[(Role::Failure, record)]);
    let mut many = dossier.report.summary();
    many.properties = (0..60_000)
        .map(|number| likewise_sim::record::PropertyVerdict {
            name: format!("property-{number}"),
            status: PropertyStatus::Passed,
            exercised: 1,
        })
        .collect();
    dossier.report = SummaryLine::of(&many, Duration::ZERO, Course::default());
    let text = render(&dossier);
    assert!(text.len() < 1 << 20, "{}", text.len());
    assert!(text.contains("left out, for want of room"));
    assert!(text.contains("## What failed"));
}

#[test]
fn the_diagram_is_of_the_minimal_plan_if_there_is_one() {
    let text = render(&dossier(&[
        (Role::Failure, samples::red()),
        (Role::Minimal, samples::red()),
    ]));
    assert!(text.contains("## The minimal plan's run"), "{text}");
}
