//! `likewise-pages FOLDER`: writes the pages that the browser tests open.
//!
//! The pages show real runs. On the hostile page, every text from outside was replaced by markup, which a browser must
//! show as text. On the page of another system, all names are those of a shop. The page of an older version has no names.

use likewise_sim_likes::LIKES;
use std::{
    env, fs,
    ops::{ControlFlow, Range},
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::{Context, Result};
use likewise_reports::{
    Summary,
    analysis::{CampaignMeta, CampaignReport, Comparison, MinimalPlan, Outlook},
    archive::{CampaignArchive, LoadedCampaign, LoadedRun, RunNames, RunRole},
    html, pages,
};
use likewise_search::{fingerprint::Failure, futures::futures, shrink::Shrunk};
use likewise_sim_likes::run;
use likewise_sim_likes::system;
use likewise_sim_likes::{Action, operation};
use likewise_world::{
    plan::{Name, Plan, generate},
    record::{Plot, PlotLine, RunRecord},
};

/// The planted bug of the failing page, and seeds of which at least one catches it.
const PLANTED_BUG: &str = "abort-without-seal";
const SEEDS: Range<u64> = 10..20;
/// Runs of a page at most.
const RUNS_MAX: usize = 3;
/// Likes of the large run: enough for a hundred thousand events.
const LARGE_LIKES: i64 = 10_600;
/// The time between two of these likes. Likes that are closer share their messages and so make fewer events.
const LARGE_INTERVAL_MILLIS: u64 = 5;
/// Futures of each event on the failing page. A real report has ten times as many.
const PAGE_FUTURES: u32 = 4;
/// A text that must not be interpreted as markup or script.
const MARKUP: &str = "</script><img src=x onerror=\"window.hacked=1\"><b>'&amp;";
/// The wall time that the report gives for each run. It is fixed, so the pages are always the same.
const RUN_WALL: Duration = Duration::from_millis(10);

fn main() -> Result<()> {
    let folder = env::args_os().nth(1).map(PathBuf::from);
    let folder = folder.context("usage: likewise-pages FOLDER")?;
    fs::create_dir_all(&folder)?;
    let write = |name: &str, campaign: &LoadedCampaign| -> Result<()> {
        let page = html::render(campaign)?;
        eprintln!("{name}: {} bytes", page.len());
        fs::write(folder.join(name), page).with_context(|| format!("cannot write {name}"))
    };
    write("failing.html", &campaign_of(runs_of_planted_bug()?))?;
    write(
        "minimal.html",
        &with_minimal_run(campaign_of(runs_of_planted_bug()?))?,
    )?;
    let hostile = runs_of_planted_bug()?.into_iter().map(with_markup);
    write("hostile.html", &campaign_of(hostile.collect()))?;
    write("held.html", &campaign_of(vec![run(&generate(&LIKES, 3))?]))?;
    write(
        "other.html",
        &campaign_of(renamed_runs(runs_of_planted_bug()?)?),
    )?;
    let older = runs_of_planted_bug()?.into_iter().map(as_of_older_version);
    write("older.html", &campaign_of(older.collect()))?;
    write("large.html", &campaign_of(vec![run(&large_plan())?]))?;
    let (green, red) = (
        campaign_of(vec![run(&generate(&LIKES, 3))?]),
        campaign_of(runs_of_planted_bug()?),
    );
    let text = |name: &str, page: String| -> Result<()> {
        fs::write(folder.join(name), page).with_context(|| format!("cannot write {name}"))
    };
    let compared = Comparison::of(("monday", &green.report), ("tuesday", &red.report));
    text("comparison.html", pages::comparison(&compared)?)?;
    text(
        "index.html",
        index_of(&folder, [("monday", &green), ("tuesday", &red)])?,
    )
}

/// The index of the campaigns in a folder.
fn index_of(folder: &Path, campaigns: [(&str, &LoadedCampaign); 2]) -> Result<String> {
    let root = folder.join("campaigns");
    for (name, campaign) in campaigns {
        let archive = CampaignArchive::new(&root, name, RunNames::of_system(system()));
        archive.write_report(&campaign.report)?;
        archive.write_renderings(campaign)?;
    }
    fs::read_to_string(root.join("index.html")).context("there is no index")
}

fn runs_of_planted_bug() -> Result<Vec<RunRecord>> {
    let mut records = Vec::new();
    for seed in SEEDS {
        let mut plan = generate(&LIKES, seed);
        plan.system = PLANTED_BUG.to_owned();
        records.push(run(&plan)?);
    }
    Ok(records)
}

/// A campaign of these runs that shows a few of them, the failing ones first.
fn campaign_of(records: Vec<RunRecord>) -> LoadedCampaign {
    let mut summary = Summary::over(
        system()
            .properties()
            .into_iter()
            .map(|property| property.name),
    );
    let names = RunNames::of_system(system());
    let mut runs = Vec::new();
    for record in records {
        let finding = summary.add(&record, RUN_WALL);
        let finding = finding.map(|finding| finding.fingerprint.clone());
        let role = if record.is_green() {
            RunRole::Example
        } else {
            RunRole::Failure
        };
        let folder = names.run_folder(&record.plan);
        runs.push(LoadedRun {
            role,
            finding,
            folder,
            record,
        });
    }
    let meta = CampaignMeta {
        exit: u8::from(summary.violated_runs > 0),
        ..CampaignMeta::default()
    };
    runs.sort_by_key(|shown| shown.role == RunRole::Example);
    runs.truncate(RUNS_MAX);
    let report = CampaignReport::of(&summary, Duration::from_secs(1), meta);
    LoadedCampaign { report, runs }
}

/// The campaign with a minimal run of its first finding, and the futures of that run.
///
/// The plan of the planted bug is minimal by itself, and shrinking would take minutes in a debug build.
fn with_minimal_run(mut campaign: LoadedCampaign) -> Result<LoadedCampaign> {
    let plan = system()
        .plan_of_bug(PLANTED_BUG)
        .context("the bug has a plan")?;
    let record = run(&plan)?;
    let failure = Failure::of(&record).context("the plan fails")?;
    let found = futures(system(), &record, PAGE_FUTURES, |_| {
        ControlFlow::Continue(())
    })?;
    let shrunk = Shrunk {
        failure,
        record,
        nearest: None,
        runs: 40,
        is_minimal: true,
    };
    let mut minimal = MinimalPlan::of(&plan, &shrunk);
    minimal.note_outlook(Outlook::of(&shrunk.record, &found));
    let mut summary = campaign.report.summary();
    let finding = summary.findings.first_mut().context("it failed")?;
    finding.minimal = Some(minimal);
    campaign.runs.push(LoadedRun {
        role: RunRole::Minimal,
        finding: Some(finding.fingerprint.clone()),
        folder: "seeds/minimal".to_owned(),
        record: shrunk.record,
    });
    let meta = campaign.report.meta.clone();
    campaign.report = CampaignReport::of(&summary, Duration::from_secs(1), meta);
    Ok(campaign)
}

/// Many users like one article within a few simulated seconds.
fn large_plan() -> Plan {
    let mut plan = Plan::new("a crowd");
    for user in 1..=LARGE_LIKES {
        let at_millis = user.unsigned_abs() * LARGE_INTERVAL_MILLIS;
        plan.workload
            .push(operation(user, Action::Like, 1, at_millis));
    }
    plan
}

/// What the names in a record of likes become in a shop. Longer names come first.
const OTHER_NAMES: [(&str, &str); 15] = [
    ("likewise", "LIKEWISE"),
    ("\"table\":\"likes\"", "\"table\":\"orders\""),
    ("like records", "orders"),
    ("\"name\":\"count\"", "\"name\":\"sold\""),
    ("unlike", "cancel"),
    ("likes", "sold"),
    ("like", "order"),
    ("record of", "order of"),
    ("records", "orders"),
    ("article", "item"),
    ("user", "customer"),
    ("u{", "c{"),
    ("→a{", "→i{"),
    ("LIKEWISE", "likewise"),
    ("Convergence", "Sold and ordered"),
];

/// The fields with the name of a host or of a service.
const HOST_FIELDS: [&str; 7] = ["host", "service", "from", "to", "of", "a", "b"];

/// The runs of a shop with the same events, and a plot without keys.
fn renamed_runs(records: Vec<RunRecord>) -> Result<Vec<RunRecord>> {
    records.into_iter().map(renamed).collect()
}

fn renamed(record: RunRecord) -> Result<RunRecord> {
    let mut text = serde_json::to_string(&record)?;
    for (host, other) in [("article", "store"), ("user", "till")] {
        for field in HOST_FIELDS {
            let of = |host| format!("\"{field}\":\"{host}");
            text = text.replace(&of(host), &of(other));
        }
    }
    for (name, other) in OTHER_NAMES {
        text = text.replace(name, other);
    }
    let mut record: RunRecord = serde_json::from_str(&text)?;
    let (store, till) = (Name::new("store"), Name::new("till"));
    record.services = ["coordinator", "store", "till"].map(Into::into).into();
    let labels = record.labels.get_or_insert_default().to_mut();
    labels.plots.push(Plot {
        title: "All orders".into(),
        noun: "".into(),
        lines: [
            PlotLine::count("sold", store, "items").sum_of("sold"),
            PlotLine::count("orders", till, "orders"),
        ],
        allowed: None,
    });
    Ok(record)
}

/// The record as it was before it named its system.
fn as_of_older_version(mut record: RunRecord) -> RunRecord {
    (record.labels, record.services) = (None, Vec::new());
    (record.caption, record.captions) = (String::new(), Vec::new());
    for property in &mut record.properties {
        (property.about, property.kept_by) = ("".into(), "".into());
    }
    record.flaw = "".into();
    record
}

/// Replaces every text that comes from outside by markup.
fn with_markup(mut record: RunRecord) -> RunRecord {
    record.plan.name = MARKUP.to_owned();
    for violation in &mut record.violations {
        violation.detail = MARKUP.to_owned();
    }
    let text = serde_json::to_string(&record.events).unwrap_or_default();
    let markup = serde_json::to_string(MARKUP).unwrap_or_default();
    let in_string = markup.trim_matches('"');
    // Some texts are JSON inside a string, so the markup is escaped twice there.
    let in_nested_string = in_string.replace('\\', "\\\\").replace('"', "\\\"");
    let text = text
        .replace("Article 1", &in_nested_string)
        .replace("\"why\":\"", &format!("\"why\":\"{in_string}"))
        .replace("\"detail\":\"", &format!("\"detail\":\"{in_string}"));
    if let Ok(events) = serde_json::from_str(&text) {
        record.events = events;
    }
    record
}
