//! The documentation, the dashboard and the alert rules name metrics that exist.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use likewise_saga::metrics::{METRICS, MetricKind, MetricSpec};

use super::metrics_retention::start_and_collect;
use crate::common::{Databases, Engine, on_both_engines};

on_both_engines! {
    every_metric_of_the_dashboard_and_the_alerts_is_in_a_scrape
}

/// The marks around the table in `docs/operations.md`.
const BEGIN: &str = "<!-- metrics: begin -->\n";
const END: &str = "<!-- metrics: end -->\n";
const DASHBOARD: &str = "deploy/grafana/likewise.json";
const ALERTS: &str = "deploy/prometheus/alerts.yml";
/// SQLite has no server to which a connection could break.
const OF_POSTGRES: &str = "likewise_database_connections_thrown_away_total";

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The name that a query begins with.
fn shown(spec: &MetricSpec) -> String {
    match spec.kind {
        MetricKind::Histogram => spec.name.to_owned(),
        kind => format!("{}{}", spec.name, kind.suffixes()[0]),
    }
}

fn as_markdown() -> String {
    let mut text = String::new();
    for (title, specs) in METRICS.iter() {
        let head = "| metric | type | labels | meaning |\n|---|---|---|---|\n";
        write!(text, "\n**{title}**\n\n{head}").unwrap();
        for spec in *specs {
            let labels: Vec<String> = spec.labels.iter().map(|it| format!("`{it}`")).collect();
            let (name, kind) = (shown(spec), spec.kind.as_str());
            let (labels, meaning) = (labels.join(", "), spec.meaning);
            writeln!(text, "| `{name}` | {kind} | {labels} | {meaning} |").unwrap();
        }
    }
    text.push('\n');
    text
}

#[test]
fn the_documentation_lists_every_metric() {
    let page = read("docs/operations.md");
    let (_, rest) = page.split_once(BEGIN).expect("a table of metrics");
    let (shown, _) = rest.split_once(END).expect("its end");
    let wanted = as_markdown();
    assert!(
        shown == wanted,
        "replace the table of docs/operations.md by:\n{wanted}"
    );
}

/// The names of metrics in a text.
fn named(text: &str) -> BTreeSet<&str> {
    let words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    let is_metric = |word: &&str| word.starts_with("likewise_") || word.starts_with("process_");
    words.filter(is_metric).collect()
}

async fn every_metric_of_the_dashboard_and_the_alerts_is_in_a_scrape(databases: &Databases) {
    let (_server, scrape) = start_and_collect(databases).await;
    for file in [DASHBOARD, ALERTS] {
        let text = read(file);
        let names = named(&text);
        assert!(names.len() > 10, "{names:?}");
        for name in names {
            let is_exempt = databases.engine() == Engine::Sqlite && name == OF_POSTGRES;
            assert!(
                is_exempt || scrape.has(name),
                "{file}: {name} is not in a scrape"
            );
        }
    }
}

/// The alerts, with the text of each.
fn alerts(rules: &str) -> BTreeMap<&str, &str> {
    let rules = rules.split("- alert: ").skip(1);
    rules
        .map(|rule| rule.split_once('\n').expect("a name"))
        .collect()
}

#[test]
fn every_alert_leads_to_its_page_and_every_page_to_metrics_that_exist() {
    let rules = read(ALERTS);
    let index = read("docs/runbooks/README.md");
    let mut pages = BTreeSet::from(["README.md".to_owned()]);
    for (name, rule) in alerts(&rules) {
        for part in ["expr: ", "severity: ", "summary: "] {
            assert!(rule.contains(part), "{name} has no {part}");
        }
        let (_, page) = rule.split_once("runbook: ").expect("a page");
        let page = page.lines().next().expect("a path").trim();
        let text = read(page);
        assert!(text.starts_with(&format!("# {name}\n")), "{page}");
        for part in ["\n## Look\n", "\n## Do\n"] {
            assert!(text.contains(part), "{page} has no {part}");
        }
        let file = page.strip_prefix("docs/runbooks/").expect("its folder");
        assert!(
            index.contains(&format!("| {name} | [{file}]({file}) |")),
            "{page}"
        );
        pages.insert(file.to_owned());
    }
    let samples: BTreeSet<String> = METRICS
        .iter()
        .flat_map(|(_, specs)| *specs)
        .flat_map(|spec| [spec.name.to_owned(), shown(spec)])
        .collect();
    for entry in fs::read_dir(root().join("docs/runbooks")).expect("the folder") {
        let file = entry
            .expect("a file")
            .file_name()
            .into_string()
            .expect("a name");
        assert!(pages.contains(&file), "no alert leads to {file}");
        let text = read(&format!("docs/runbooks/{file}"));
        for name in named(&text) {
            assert!(samples.contains(name), "{file}: {name} does not exist");
        }
    }
}

/// Only where promtool is installed.
#[test]
fn promtool_accepts_the_rules() {
    let arguments = ["check", "rules"];
    let checked = Command::new("promtool")
        .args(arguments)
        .arg(root().join(ALERTS))
        .output();
    match checked {
        Ok(checked) => assert!(checked.status.success(), "{checked:?}"),
        Err(_) => eprintln!("promtool is not installed; the rules are not checked with it"),
    }
}
