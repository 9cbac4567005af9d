//! What the page promises without a browser; the rest is tested in one (`reports/browser/tests.mjs`).

use std::time::Duration;

use likewise_sim::record::RunRecord;

use super::{SCRIPT, render, script};
use crate::{
    Summary,
    dossier::{Dossier, Role, Shown},
    report::{Course, SummaryLine},
    samples,
};

const MARKUP: &str = "</script><img src=x onerror=alert(1)>\"'&";

fn dossier(records: Vec<RunRecord>) -> Dossier {
    let mut summary = Summary::over(["nobody-checks-this"]);
    let shown = |record: RunRecord| {
        let finding = summary.add(&record, Duration::from_millis(3));
        let finding = finding.map(|finding| finding.fingerprint.clone());
        let role = match record.is_green() {
            true => Role::Example,
            false => Role::Failure,
        };
        let folder = format!("seeds/{}", record.plan.name.replace(' ', "-"));
        Shown {
            role,
            finding,
            folder,
            record,
        }
    };
    let runs = records.into_iter().map(shown).collect();
    let report = SummaryLine::of(&summary, Duration::from_secs(1), Course::default());
    Dossier { report, runs }
}

fn page(records: Vec<RunRecord>) -> String {
    render(&dossier(records)).unwrap()
}

#[test]
fn the_same_dossier_gives_the_same_bytes() {
    let records = || vec![samples::red(), samples::green()];
    assert_eq!(page(records()), page(records()));
}

#[test]
fn what_was_violated_comes_first_and_what_nothing_tested_is_amber() {
    let page = page(vec![samples::red(), samples::green()]);
    let at = |text: &str| page.find(text).unwrap_or_else(|| panic!("{text}"));
    assert!(at("<h1>likes-equal-records was violated</h1>") < at("id=\"failures\""));
    assert!(at("id=\"failures\"") < at("id=\"properties\""));
    let never = &page[at("class=\"name\">nobody-checks-this")..];
    assert!(never[..200].contains("chip never"), "{}", &never[..200]);
}

#[test]
fn every_kind_that_never_met_an_outcome_is_hatched() {
    let page = page(vec![samples::red()]);
    let row = &page[page
        .find("<th scope=\"row\" class=\"name\" title=")
        .unwrap()..];
    let row = &row[..row.find("</tr>").unwrap()];
    assert_eq!(row.matches("class=\"hatched\"").count(), 5, "{row}");
    assert!(row.contains("data-ending=\"violated\""), "{row}");
}

#[test]
fn markup_from_outside_is_text() {
    let mut record = samples::red();
    record.plan.name = MARKUP.to_owned();
    record.violations[0].detail = MARKUP.to_owned();
    for event in &mut record.events {
        use likewise_sim::record::EventKind::{Injected, Violated};
        if let Injected { what: text, .. } | Violated { detail: text, .. } = &mut event.kind {
            *text = MARKUP.to_owned();
        }
    }
    let page = page(vec![record]);
    assert!(!page.contains("<img"), "no element was made of it");
    let scripts = page.matches("</script>").count();
    assert_eq!(scripts, 2, "one of the run, one of the page");
}

#[test]
fn nothing_of_the_page_lies_elsewhere() {
    let page = page(vec![samples::red()]);
    let outside = page.replace("http://www.w3.org/2000/svg", "");
    for reference in ["http://", "https://", "src=\"", "url(", "@import", "<link"] {
        assert!(!outside.contains(reference), "{reference}");
    }
}

#[test]
fn the_script_is_closed_to_the_outside_and_whole() {
    let script = script();
    assert!(script.starts_with("\"use strict\";\n(() => {"));
    assert!(SCRIPT.iter().all(|part| script.contains(part)));
    assert!(!script.contains("</script"), "it would end there");
}
