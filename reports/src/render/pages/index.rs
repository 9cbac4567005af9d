//! The index page over many campaigns.

use askama::Template;

use super::style::STYLE;
use crate::{archive::IndexEntry, render::content_security_policy::policy, units::seconds_span};

#[derive(Template)]
#[template(path = "index.html")]
struct IndexPage<'a> {
    policy: String,
    style: &'static str,
    campaigns: Vec<Campaign<'a>>,
    has_older: bool,
}

struct Campaign<'a> {
    id: &'a str,
    entry: &'a IndexEntry,
    class: &'static str,
    sign: &'static str,
    word: &'static str,
    simulated: String,
    wall: String,
    more_findings: u64,
}

/// The page over campaigns, each given with the name of its folder, in this order; and whether there are older ones.
///
/// # Errors
/// The template's, which no entry causes.
pub fn index(entries: &[(String, IndexEntry)], has_older: bool) -> Result<String, askama::Error> {
    let campaigns = entries.iter().map(|(id, entry)| {
        let verdict = entry.verdict();
        Campaign {
            id,
            entry,
            class: verdict.class,
            sign: verdict.sign,
            word: verdict.word,
            simulated: seconds_span(entry.simulated_seconds),
            wall: seconds_span(entry.wall_seconds),
            more_findings: entry
                .findings_count
                .saturating_sub(entry.findings.len() as u64),
        }
    });
    IndexPage {
        policy: policy(STYLE, None),
        style: STYLE,
        campaigns: campaigns.collect(),
        has_older,
    }
    .render()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        analysis::CampaignMeta,
        archive::RunRole,
        samples::{campaign, records},
    };

    fn entry(hostile: &str) -> IndexEntry {
        let runs = [(RunRole::Failure, records::hostile(hostile))];
        let meta = CampaignMeta {
            system: Some(hostile.to_owned()),
            exit: 1,
            ..CampaignMeta::default()
        };
        let mut entry = IndexEntry::of(&campaign::of(&runs, meta));
        entry.command = Some(hostile.to_owned());
        entry.findings = vec![hostile.to_owned()];
        entry
    }

    #[test]
    fn the_index_has_the_verdict_of_each_campaign() {
        let runs = [(RunRole::Example, records::green())];
        let green = campaign::of(&runs, CampaignMeta::default());
        let entries = [
            ("2".to_owned(), entry("double-undo")),
            ("1".to_owned(), IndexEntry::of(&green)),
        ];
        let page = index(&entries, true).unwrap();
        assert!(page.contains("href=\"./2/report.html\""), "{page}");
        assert!(
            page.contains("✕") && page.contains("✓"),
            "signs as well as colours"
        );
        assert!(page.contains("Older campaigns are not listed"), "{page}");
    }

    #[test]
    fn hostile_text_is_text() {
        let calm = index(&[("1".to_owned(), entry("calm"))], false).unwrap();
        for hostile in records::HOSTILE {
            let page = index(&[("1".to_owned(), entry(hostile))], false).unwrap();
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
    fn nothing_is_loaded_and_no_script_runs() {
        let page = index(&[], false).unwrap();
        assert!(page.contains("default-src &#39;none&#39;") || page.contains("default-src 'none'"));
        assert!(
            !page.contains("<script") && !page.contains("http:") && !page.contains("https:"),
            "{page}"
        );
    }
}
