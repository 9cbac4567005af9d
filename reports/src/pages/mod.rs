//! Small pages beside the report: what changed between two campaigns, and an index over many.
//!
//! They have no script, and their policy allows none: only their own style, known by its hash. The templates escape what
//! comes from outside.

use std::time::Duration;

use askama::Template;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use sha2::{Digest, Sha256};

use crate::{
    card::Card,
    compare::{Comparison, Row, cell, fares, rows},
    summary::Finding,
    terminal::span,
};

const STYLE: &str = include_str!("page.css");
/// Of cells and findings, so many are named.
const NAMED_MAX: usize = 50;

/// What a page may do: use its own style.
fn policy() -> String {
    let hash = STANDARD.encode(Sha256::digest(STYLE));
    format!("default-src 'none'; style-src 'sha256-{hash}'; base-uri 'none'; form-action 'none'")
}

#[derive(Template)]
#[template(path = "compare.html")]
struct ComparePage<'a> {
    policy: String,
    style: &'static str,
    comparison: &'a Comparison,
    rows: Vec<Row>,
    properties: Vec<Change>,
    findings: Vec<Titled<'a>>,
    cells: Vec<Cells>,
}

struct Change {
    name: String,
    before: &'static str,
    after: &'static str,
}

struct Titled<'a> {
    title: &'static str,
    findings: &'a [Finding],
    more: usize,
}

struct Cells {
    title: &'static str,
    cells: Vec<String>,
    more: usize,
}

/// The page of a comparison.
///
/// # Errors
/// The template's; it depends on nothing that the reports say.
pub fn compare(comparison: &Comparison) -> Result<String, askama::Error> {
    let findings = [
        ("Fails now", &comparison.findings_new),
        ("Fails no more", &comparison.findings_gone),
    ];
    let cells = [
        ("Seen now", &comparison.cells_gained),
        ("Seen no more", &comparison.cells_lost),
    ];
    let properties = comparison.properties.iter().map(|it| Change {
        name: it.name.clone(),
        before: fares(it.before),
        after: fares(it.after),
    });
    ComparePage {
        policy: policy(),
        style: STYLE,
        comparison,
        rows: rows(comparison),
        properties: properties.collect(),
        findings: findings
            .into_iter()
            .filter(|(_, all)| !all.is_empty())
            .map(|(title, all)| Titled {
                title,
                findings: &all[..all.len().min(NAMED_MAX)],
                more: all.len().saturating_sub(NAMED_MAX),
            })
            .collect(),
        cells: cells
            .into_iter()
            .filter(|(_, all)| !all.is_empty())
            .map(|(title, all)| Cells {
                title,
                cells: all.iter().take(NAMED_MAX).map(cell).collect(),
                more: all.len().saturating_sub(NAMED_MAX),
            })
            .collect(),
    }
    .render()
}

#[derive(Template)]
#[template(path = "index.html")]
struct IndexPage<'a> {
    policy: String,
    style: &'static str,
    campaigns: Vec<Campaign<'a>>,
    has_more: bool,
}

struct Campaign<'a> {
    id: &'a str,
    card: &'a Card,
    class: &'static str,
    sign: &'static str,
    word: &'static str,
    simulated: String,
    wall: String,
    more_findings: u64,
}

/// The page over campaigns, each with the name of its folder, in this order; whether there are older ones.
///
/// # Errors
/// The template's; it depends on nothing that the cards say.
pub fn index(cards: &[(String, Card)], has_more: bool) -> Result<String, askama::Error> {
    let time = |seconds| span(Duration::try_from_secs_f64(seconds).unwrap_or_default());
    let campaigns = cards.iter().map(|(id, card)| {
        let standing = card.standing();
        Campaign {
            id,
            card,
            class: standing.class,
            sign: standing.sign,
            word: standing.word,
            simulated: time(card.simulated_seconds),
            wall: time(card.wall_seconds),
            more_findings: card
                .findings_count
                .saturating_sub(card.findings.len() as u64),
        }
    });
    IndexPage {
        policy: policy(),
        style: STYLE,
        campaigns: campaigns.collect(),
        has_more,
    }
    .render()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{dossier::Role, report::Course, samples};

    fn card(hostile: &str) -> Card {
        let records = [(Role::Failure, samples::hostile(hostile))];
        let course = Course {
            system: Some(hostile.to_owned()),
            exit: 1,
            ..Course::default()
        };
        let mut card = Card::of(&samples::dossier(&records, course));
        card.command = Some(hostile.to_owned());
        card.findings = vec![hostile.to_owned()];
        card
    }

    #[test]
    fn the_index_says_of_each_campaign_how_it_went() {
        let green = samples::dossier(&[(Role::Example, samples::green())], Course::default());
        let cards = [
            ("2".to_owned(), card("double-undo")),
            ("1".to_owned(), Card::of(&green)),
        ];
        let page = index(&cards, true).unwrap();
        assert!(page.contains("href=\"./2/report.html\""), "{page}");
        assert!(
            page.contains("✕") && page.contains("✓"),
            "shapes beside colours"
        );
        assert!(page.contains("Older campaigns are not listed"), "{page}");
    }

    #[test]
    fn hostile_text_is_text() {
        let calm = index(&[("1".to_owned(), card("calm"))], false).unwrap();
        for hostile in samples::HOSTILE {
            let page = index(&[("1".to_owned(), card(hostile))], false).unwrap();
            assert_eq!(
                page.matches('<').count(),
                calm.matches('<').count(),
                "{page}"
            );
            assert_eq!(
                page.matches('"').count(),
                calm.matches('"').count(),
                "{page}"
            );
        }
    }

    #[test]
    fn nothing_is_loaded_and_nothing_runs() {
        let page = index(&[], false).unwrap();
        assert!(page.contains("default-src &#39;none&#39;") || page.contains("default-src 'none'"));
        assert!(
            !page.contains("<script") && !page.contains("http:") && !page.contains("https:"),
            "{page}"
        );
    }
}
