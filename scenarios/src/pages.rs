//! The pages that the browser tests open: `cargo run --release --bin likewise-pages -- FOLDER`.
//!
//! Real runs of the real program, but for the hostile one, whose texts were replaced by markup.

use std::{env, fs, path::PathBuf, time::Duration};

use anyhow::{Context, Result};
use likewise_reports::{
    Summary,
    dossier::{Dossier, Role, Shown},
    html,
    report::{Course, SummaryLine},
};
use likewise_sim::{
    likes::invariants::PROPERTIES,
    plan::{Action, Operation, Plan, generate},
    record::RunRecord,
    run::run,
};

/// The seeds among which one fails, and the specimen in which it does.
const SEEDS: std::ops::Range<u64> = 10..20;
const SPECIMEN: &str = "abort-without-seal";
/// Likes of the large run: enough for a hundred thousand events.
const LIKES: i64 = 10_600;
/// How far apart they are: a denser crowd shares its messages, and there are fewer of them.
const APART_MILLIS: u64 = 5;
/// What no page may take for more than text.
const MARKUP: &str = "</script><img src=x onerror=\"window.hacked=1\"><b>'&amp;";

fn main() -> Result<()> {
    let folder = env::args_os().nth(1).map(PathBuf::from);
    let folder = folder.context("name the folder for the pages")?;
    fs::create_dir_all(&folder)?;
    let write = |name: &str, dossier: &Dossier| -> Result<()> {
        let page = html::render(dossier)?;
        eprintln!("{name}: {} bytes", page.len());
        fs::write(folder.join(name), page).with_context(|| format!("cannot write {name}"))
    };
    write("failing.html", &failing(|_| ())?)?;
    write("hostile.html", &failing(hostile)?)?;
    write("held.html", &of(vec![run(&generate(3))?])?)?;
    write("large.html", &of(vec![run(&large())?])?)
}

/// A few seeds of a specimen; the runs that failed are shown.
fn failing(change: impl Fn(&mut RunRecord)) -> Result<Dossier> {
    let mut records = Vec::new();
    for seed in SEEDS {
        let mut plan = generate(seed);
        plan.system = SPECIMEN.to_owned();
        let mut record = run(&plan)?;
        change(&mut record);
        records.push(record);
    }
    of(records)
}

fn of(records: Vec<RunRecord>) -> Result<Dossier> {
    let mut summary = Summary::over(PROPERTIES.iter().map(|property| property.name));
    let mut runs = Vec::new();
    for record in records {
        let finding = summary.add(&record, Duration::from_millis(10));
        let finding = finding.map(|finding| finding.fingerprint.clone());
        let role = if record.is_green() {
            Role::Example
        } else {
            Role::Failure
        };
        let folder = format!("seeds/{}", runs.len());
        runs.push(Shown {
            role,
            finding,
            folder,
            record,
        });
    }
    runs.sort_by_key(|shown| shown.role == Role::Example);
    runs.truncate(3);
    let report = SummaryLine::of(&summary, Duration::from_secs(1), Course::default());
    Ok(Dossier { report, runs })
}

/// Many users who like one article within a few simulated seconds.
fn large() -> Plan {
    let mut plan = Plan::new("a crowd");
    for user in 1..=LIKES {
        plan.workload.push(Operation::new(
            user,
            Action::Like,
            1,
            user.unsigned_abs() * APART_MILLIS,
        ));
    }
    plan
}

/// Every text that comes from outside becomes markup.
fn hostile(record: &mut RunRecord) {
    record.plan.name = MARKUP.to_owned();
    for violation in &mut record.violations {
        violation.detail = MARKUP.to_owned();
    }
    let text = serde_json::to_string(&record.events).unwrap_or_default();
    let markup = serde_json::to_string(MARKUP).unwrap_or_default();
    let inner = markup.trim_matches('"');
    let inside = inner.replace('\\', "\\\\").replace('"', "\\\"");
    let text = text
        .replace("Article 1", &inside)
        .replace("\"why\":\"", &format!("\"why\":\"{inner}"))
        .replace("\"detail\":\"", &format!("\"detail\":\"{inner}"));
    if let Ok(events) = serde_json::from_str(&text) {
        record.events = events;
    }
}
