//! How the verdict looks, and how many lines it takes.

use super::*;
use crate::{
    analysis::MinimalPlan,
    samples::{campaign, records},
};

fn brief(summary: &Summary) -> Brief<'_> {
    Brief {
        verdict: "VIOLATED: 1 of 2 properties, in 1 of 2 runs".to_owned(),
        tone: Tone::Bad,
        summary,
        wall: Duration::from_millis(1_500),
        planted_bugs: Some(Ratio { met: 41, of: 41 }),
        notes: Vec::new(),
        report: Some("target/likewise/20261130-154453-15862/report.html".to_owned()),
        replay: Some("cargo chaos replay 0 --story".to_owned()),
    }
}

fn shrunk() -> Summary {
    let mut summary = campaign::summary();
    summary.findings[0].minimal = Some(MinimalPlan {
        replay: Some("cargo chaos replay target/likewise/20261130-154453-15862/seeds/swarm-seed-37-64590dfc/min-plan.json".to_owned()),
        ..MinimalPlan::sample(&records::red())
    });
    summary.converged.count(40_000, 1);
    summary
}

#[test]
fn a_red_campaign_of_80_columns() {
    let summary = shrunk();
    insta::assert_snapshot!(brief(&summary).text(80, Styling::Plain));
}

#[test]
fn a_green_campaign_of_60_columns() {
    let mut summary = Summary::over(["sold-equals-orders"]);
    summary.add(&records::green(), Duration::from_millis(3));
    let mut brief = brief(&summary);
    brief.verdict = "every property held in 1 run".to_owned();
    brief.tone = Tone::Good;
    insta::assert_snapshot!(brief.text(60, Styling::Plain));
}

/// The titles of rows with text from outside.
const TITLES: [&str; 7] = [
    "because", "run", "promised", "happened", "moment", "reason", "passes",
];

/// Whatever there is to say, and however narrow the terminal.
#[test]
fn it_takes_at_most_25_lines_of_60_columns_and_no_word_is_broken() {
    let mut summary = shrunk();
    let words = "a long sentence about a saga that was compensated twice ";
    let explanation = || [words.repeat(9), words.repeat(30), words.repeat(20)];
    summary.findings[0].explanation = explanation();
    if let Some(minimal) = &mut summary.findings[0].minimal {
        minimal.explanation = explanation();
        let why = minimal.why.as_mut().unwrap();
        for answer in [
            &mut why.promised,
            &mut why.happened,
            &mut why.moment,
            &mut why.reason,
        ] {
            *answer = words.repeat(12);
        }
        why.passes = Some(words.repeat(9));
    }
    let mut other = summary.findings[0].clone();
    other.why.as_mut().unwrap().cause = "another".to_owned();
    other.minimal = None;
    summary.findings.push(other);
    let mut brief = brief(&summary);
    let note = |_| Note {
        title: "because",
        text: words.repeat(5),
    };
    brief.notes = (0..9).map(note).collect();
    for width in 60..200 {
        let text = brief.text(width, Styling::Plain);
        let lines: Vec<String> = text.lines().map(ToOwned::to_owned).collect();
        assert!(
            rows_on_screen(&lines, width) <= LINES_MAX,
            "{width}:\n{text}"
        );
        for line in &lines {
            let is_pasted = line.starts_with("report ") || line.starts_with("replay ");
            assert!(
                is_pasted || line.chars().count() <= width,
                "{width}: {line}"
            );
        }
        assert!(text.starts_with("verdict "), "{text}");
        let last = lines.last().map(String::as_str).unwrap_or_default();
        assert!(last.ends_with("min-plan.json"), "{text}");
        assert!(text.contains("more with --verbose"), "{text}");
        let flowing = text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(
            flowing.contains("in 1 run; 1 other cause in 1 more"),
            "{text}"
        );
        let is_known = |word: &str| words.split(' ').any(|it| it == word);
        let told = lines.iter().filter(|line| line.contains("long sentence"));
        let mut told = told.flat_map(|line| line.split_whitespace());
        assert!(
            told.all(|it| is_known(it) || it == "…" || TITLES.contains(&it)),
            "{text}"
        );
    }
}

#[test]
fn only_the_verdict_has_a_colour_and_only_if_it_is_wanted() {
    let summary = campaign::summary();
    let text = brief(&summary).text(80, Styling::Colour);
    let coloured: Vec<&str> = text.lines().filter(|it| it.contains('\u{1b}')).collect();
    assert_eq!(coloured.len(), 1);
    assert!(coloured[0].contains("VIOLATED"));
    assert!(!brief(&summary).text(80, Styling::Plain).contains('\u{1b}'));
}

#[test]
fn hostile_text_cannot_control_the_terminal() {
    for hostile in records::HOSTILE {
        let mut summary = Summary::default();
        summary.add(&records::hostile(hostile), Duration::ZERO);
        let text = brief(&summary).text(80, Styling::Plain);
        let is_harmless = |c: char| c == '\n' || !c.is_control();
        assert!(text.chars().all(is_harmless), "{text:?}");
    }
}
