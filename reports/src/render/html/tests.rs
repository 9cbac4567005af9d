//! What can be tested of the page without a browser. `reports/browser/tests.mjs` tests the rest in one.

use std::time::Duration;

use likewise_world::record::RunRecord;

use super::page::{SCRIPT, render, script};
use crate::{
    analysis::{CampaignMeta, CampaignReport, Summary},
    archive::{LoadedCampaign, LoadedRun, RunRole},
    samples::records,
};

const MARKUP: &str = "</script><img src=x onerror=alert(1)>\"'&";

fn campaign(records: Vec<RunRecord>) -> LoadedCampaign {
    let mut summary = Summary::over(["never-checked"]);
    let loaded = |record: RunRecord| {
        let finding = summary.add(&record, Duration::from_millis(3));
        let finding = finding.map(|finding| finding.fingerprint.clone());
        let role = match record.is_green() {
            true => RunRole::Example,
            false => RunRole::Failure,
        };
        let folder = format!("seeds/{}", record.plan.name.replace(' ', "-"));
        LoadedRun {
            role,
            finding,
            folder,
            record,
        }
    };
    let runs = records.into_iter().map(loaded).collect();
    let report = CampaignReport::of(&summary, Duration::from_secs(1), CampaignMeta::default());
    LoadedCampaign { report, runs }
}

fn page(records: Vec<RunRecord>) -> String {
    render(&campaign(records)).unwrap()
}

#[test]
fn the_same_campaign_gives_the_same_bytes() {
    let runs = || vec![records::red(), records::green()];
    assert_eq!(page(runs()), page(runs()));
}

#[test]
fn violations_come_first_and_a_property_never_exercised_is_amber() {
    let page = page(vec![records::red(), records::green()]);
    let at = |text: &str| page.find(text).unwrap_or_else(|| panic!("{text}"));
    assert!(at("<h1>sold-equals-orders was violated</h1>") < at("id=\"failures\""));
    assert!(at("id=\"failures\"") < at("id=\"properties\""));
    let never = &page[at("class=\"name\">never-checked")..];
    assert!(never[..200].contains("chip never"), "{}", &never[..200]);
}

#[test]
fn a_property_is_explained_by_the_report_and_an_older_one_has_no_sentence() {
    let about = "<td class=\"prose\">what one-reply-per-key says</td>";
    assert!(page(vec![records::green()]).contains(about));
    let older = page(vec![records::older()]);
    assert!(older.contains("one-reply-per-key") && !older.contains(about));
}

#[test]
fn the_diagram_of_a_failure_shows_the_probe_that_found_it() {
    let page = page(vec![records::probed()]);
    let at = |text: &str| page.find(text).unwrap_or_else(|| panic!("{text}"));
    let begin = at("probes: the harness repeats every step</text>");
    assert!(begin < at("probe: done: do step 1 of saga 1</text>"));
}

#[test]
fn outcomes_that_a_fault_never_had_are_hatched() {
    let page = page(vec![records::red()]);
    let row = &page[page
        .find("<th scope=\"row\" class=\"name\" title=")
        .unwrap()..];
    let row = &row[..row.find("</tr>").unwrap()];
    assert_eq!(row.matches("class=\"hatched\"").count(), 5, "{row}");
    assert!(row.contains("data-ending=\"violated\""), "{row}");
}

#[test]
fn markup_from_outside_is_text() {
    let mut record = records::red();
    record.plan.name = MARKUP.to_owned();
    record.violations[0].detail = MARKUP.to_owned();
    for event in &mut record.events {
        use likewise_world::record::EventKind::{Injected, Violated};
        if let Injected { what: text, .. } | Violated { detail: text, .. } = &mut event.kind {
            *text = MARKUP.to_owned();
        }
    }
    let page = page(vec![record]);
    assert!(!page.contains("<img"), "no element was created");
    let scripts = page.matches("</script>").count();
    assert_eq!(scripts, 2, "one of the run, one of the page");
}

#[test]
fn the_page_refers_to_nothing_outside() {
    let page = page(vec![records::red()]);
    let outside = page.replace("http://www.w3.org/2000/svg", "");
    for reference in ["http://", "https://", "src=\"", "url(", "@import", "<link"] {
        assert!(!outside.contains(reference), "{reference}");
    }
}

#[test]
fn the_script_is_complete_and_has_a_scope_of_its_own() {
    let script = script();
    assert!(script.starts_with("\"use strict\";\n(() => {"));
    assert!(SCRIPT.iter().all(|part| script.contains(part)));
    assert!(
        !script.contains("</script"),
        "the script element would end there"
    );
}
