use std::time::Duration;

use likewise_world::record::{PropertyStatus, PropertyVerdict, RunRecord, Word};

use super::render;
use crate::{
    analysis::{CampaignMeta, CampaignReport},
    archive::{LoadedCampaign, RunRole},
    samples::{campaign, records},
};

fn campaign(runs: &[(RunRole, RunRecord)]) -> LoadedCampaign {
    campaign::of(runs, CampaignMeta::default())
}

#[test]
fn a_green_and_a_red_run() {
    let runs = [
        (RunRole::Failure, records::red()),
        (RunRole::Example, records::green()),
    ];
    insta::assert_snapshot!(render(&campaign(&runs)));
}

#[test]
fn a_green_campaign_shows_no_diagram() {
    let text = render(&campaign(&[(RunRole::Example, records::green())]));
    assert!(
        text.starts_with("# ✅ Likewise: every property held"),
        "{text}"
    );
    assert!(!text.contains("mermaid"), "{text}");
}

#[test]
fn an_inconclusive_campaign_says_so_first_and_is_not_green() {
    let meta = CampaignMeta {
        inconclusive: vec!["3 of 8 injection points are not covered".to_owned()],
        exit: 3,
        ..CampaignMeta::default()
    };
    let runs = [(RunRole::Example, records::green())];
    let text = render(&campaign::of(&runs, meta));
    assert!(text.starts_with("# ⚠️"), "{text}");
    assert!(
        text.contains("- 3 of 8 injection points are not covered"),
        "{text}"
    );
}

/// It says nothing about the product, so it must not look like a violation.
#[test]
fn a_campaign_in_which_a_planted_bug_escaped_says_so() {
    let meta = CampaignMeta {
        exit: 6,
        ..CampaignMeta::default()
    };
    let runs = [(RunRole::Example, records::green())];
    let text = render(&campaign::of(&runs, meta));
    let heading = "# ❌ Likewise: a planted bug was not caught";
    assert!(text.starts_with(heading), "{text}");
}

#[test]
fn hostile_text_injects_nothing() {
    let calm = render(&campaign(&[(RunRole::Failure, records::red())]));
    for hostile in records::HOSTILE {
        let record = records::hostile(hostile);
        let text = render(&campaign(&[(RunRole::Failure, record)]));
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

/// The kinds of the lines. Text from outside must not add a line or a cell.
fn shape(text: &str) -> Vec<String> {
    let kind = |line: &str| {
        let marks: String = line
            .chars()
            .take_while(|c| "#|`-1. ".contains(*c))
            .collect();
        // Only the rows of a table have cells.
        let cells = match line.starts_with('|') {
            true => line.replace("\\|", "").matches('|').count(),
            false => 0,
        };
        format!("{marks} {cells}")
    };
    // The diagram has a participant for each host, so its lines may differ. It has tests of its own.
    let is_drawn = |line: &&str| line.starts_with("  ");
    text.lines()
        .filter(|line| !is_drawn(line))
        .map(kind)
        .collect()
}

/// The text without code spans and blocks, whose content is inert.
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
fn a_summary_stays_below_one_mebibyte_and_says_what_is_omitted() {
    let mut record = records::red();
    record.violations[0].detail = "x|".repeat(10_000);
    let mut campaign = campaign(&[(RunRole::Failure, record)]);
    let mut many = campaign.report.summary();
    many.properties = (0..60_000)
        .map(|number| PropertyVerdict {
            name: format!("property-{number}"),
            about: Word::default(),
            kept_by: Word::default(),
            status: PropertyStatus::Passed,
            exercised: 1,
        })
        .collect();
    campaign.report = CampaignReport::of(&many, Duration::ZERO, CampaignMeta::default());
    let text = render(&campaign);
    assert!(text.len() < 1 << 20, "{}", text.len());
    assert!(text.contains("omitted because of the size limit"));
    assert!(text.contains("## Failures"));
}

#[test]
fn the_diagram_is_of_the_minimal_plan_if_there_is_one() {
    let text = render(&campaign(&[
        (RunRole::Failure, records::red()),
        (RunRole::Minimal, records::red()),
    ]));
    assert!(text.contains("## The run of the minimal plan"), "{text}");
}
