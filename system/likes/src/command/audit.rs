//! `likewise audit`: compares the three databases, prints what differs, and repairs counts if asked to.

use std::{fmt::Write, path::PathBuf, process::ExitCode};

use clap::Args;
use likewise::audit::{self, AuditDatabases, AuditError, AuditReport, Difference, Repaired};
use likewise_saga::{
    env::{Env, real},
    store::OpenError,
};
use serde::Serialize;

use super::{
    Failure,
    log_lock::{LogLock, Sharing},
    logging::LogOptions,
    process_config::Databases,
    run_to_end, runtime,
};

/// The exit code if something differs.
const DIFFERENT: u8 = 1;

/// How many differences of one kind are printed. With `--json` there are more.
const PRINTED_MAX: usize = 10;

pub(super) const AUDIT_CODES: &str = "\
Stop the services first. While they run, a count that differs is read again a second later, and
reported only if it still differs by the same amount.

--repair corrects the counts of articles without open sagas, seals steps that completed sagas have
lost, and raises the identity of the articles above every id in use. It takes the saga log over. On
SQLite it is refused while a coordinator runs; on PostgreSQL, a coordinator that still runs is fenced.

Exit codes: 0 nothing differs, 1 something differs, 2 invalid usage or a wrong database,
70 a database could not be read.";

/// `likewise audit`
#[derive(Args)]
pub(crate) struct AuditOptions {
    /// Folder of the three SQLite files [default: ./likewise-data]
    #[arg(long, value_name = "DIR", env = "LIKEWISE_DATA")]
    data: Option<PathBuf>,
    /// Database of the article service, sqlite:PATH or postgres://…
    #[arg(
        long,
        value_name = "URL",
        env = "LIKEWISE_ARTICLE_DB",
        hide_env_values = true
    )]
    article_db: Option<String>,
    /// Database of the user service
    #[arg(
        long,
        value_name = "URL",
        env = "LIKEWISE_USER_DB",
        hide_env_values = true
    )]
    user_db: Option<String>,
    /// Database of the coordinator
    #[arg(
        long,
        value_name = "URL",
        env = "LIKEWISE_COORDINATOR_DB",
        hide_env_values = true
    )]
    coordinator_db: Option<String>,
    /// Repair what is certain, then compare again
    #[arg(long)]
    repair: bool,
    /// Print JSON, with up to 1,000 differences of each kind
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    pub(super) log: LogOptions,
}

/// What is printed.
#[derive(Serialize)]
struct Printed {
    verdict: &'static str,
    repaired: Option<Repaired>,
    #[serde(flatten)]
    report: AuditReport,
}

/// Audits, and prints the result.
///
/// # Errors
/// [`Failure`]: the options are invalid, or a database could not be read.
pub(super) fn run(options: AuditOptions) -> Result<ExitCode, Failure> {
    let urls = [options.article_db, options.user_db, options.coordinator_db];
    let databases = Databases::of(options.data, urls)?;
    let runtime = runtime(Some(1))
        .map_err(|error| Failure::Internal(format!("cannot start the runtime: {error}")))?;
    let printed = run_to_end(runtime, audit_and_repair(databases, options.repair))?;
    match options.json {
        true => println!("{}", json(&printed)?),
        false => print!("{}", text(&printed)),
    }
    Ok(match printed.report.is_consistent() {
        true => ExitCode::SUCCESS,
        false => ExitCode::from(DIFFERENT),
    })
}

async fn audit_and_repair(databases: Databases, repair: bool) -> Result<Printed, Failure> {
    let env: Env = real::env();
    // A repair takes the saga log over, which would stop the service that uses it.
    let cure = "Stop the services first, and repeat the repair.";
    let _lock = match repair {
        true => LogLock::acquire(&*env.store, &databases.coordinator, Sharing::Alone, cure).await?,
        false => None,
    };
    let Databases {
        article,
        user,
        coordinator,
        ..
    } = &databases;
    let opened = AuditDatabases::open(article, user, coordinator, &env).await;
    let databases = opened.map_err(cannot_open)?;
    let mut report = audit::audit(&databases).await.map_err(cannot_read)?;
    let mut repaired = None;
    if repair {
        let done = audit::repair(&databases, &report, env.clock.now()).await;
        repaired = Some(done.map_err(cannot_read)?);
        report = audit::audit(&databases).await.map_err(cannot_read)?;
    }
    Ok(Printed {
        verdict: match report.is_consistent() {
            true => "consistent",
            false => "different",
        },
        repaired,
        report,
    })
}

/// An unreachable database is exit code 70. A database of another service or version was named by mistake: exit code 2.
fn cannot_open(error: OpenError) -> Failure {
    match error {
        OpenError::Unreachable { .. } => Failure::Internal(error.to_string()),
        error => error.into(),
    }
}

fn cannot_read(error: AuditError) -> Failure {
    Failure::Internal(error.to_string())
}

/// The result as JSON. The fields keep their order: the verdict comes first.
fn json(printed: &Printed) -> Result<String, Failure> {
    let failed = |error: serde_json::Error| {
        Failure::Internal(format!("the result cannot be printed: {error}"))
    };
    serde_json::to_string_pretty(printed).map_err(failed)
}

/// The result as text of at most 80 columns, the verdict first.
fn text(printed: &Printed) -> String {
    let Printed {
        repaired, report, ..
    } = printed;
    let verdict = match report.differences.total() {
        0 => "consistent".to_owned(),
        1 => "1 difference".to_owned(),
        total => format!("{total} differences"),
    };
    let mut text = format!("verdict   {verdict}\n");
    let mut line = |line: std::fmt::Arguments<'_>| {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{line}");
    };
    let checked = report.checked;
    line(format_args!(
        "checked   {} articles, {} records, {} barrier rows",
        checked.articles, checked.records, checked.steps
    ));
    line(format_args!(
        "          {} sagas, {} of them open",
        checked.sagas, checked.open_sagas
    ));
    if let Some(below) = report.deleted_below {
        line(format_args!("          sagas below {below} may be deleted"));
    }
    if report.lost_steps > 0 {
        let lost = report.lost_steps;
        line(format_args!(
            "          {lost} lost steps, sealed by a repair"
        ));
    }
    if let Some(repaired) = repaired {
        line(format_args!("repaired  {}", repairs(repaired)));
        if repaired.was_interrupted {
            line(format_args!(
                "          incomplete: a coordinator took over the log; stop it and repeat"
            ));
        }
    }
    for (kind, total) in &report.differences.totals {
        line(format_args!("\n{}: {total}", title(kind)));
        let listed = report.differences.listed.iter();
        let listed = listed.filter(|difference| difference.kind() == *kind);
        listed
            .take(PRINTED_MAX)
            .for_each(|difference: &Difference| line(format_args!("  {difference}")));
        if *total > PRINTED_MAX as u64 {
            line(format_args!("  …"));
        }
    }
    text
}

fn repairs(repaired: &Repaired) -> String {
    let mut text = format!("{} counts, {} lost steps", repaired.counts, repaired.steps);
    if let Some(before) = repaired.identity_before {
        let _ = write!(text, ", the identity (it was {before})");
    }
    text
}

fn title(kind: &str) -> &str {
    match kind {
        "count" => "counts that differ from the records",
        "records-without-article" => "records of articles that do not exist",
        "step-not-done" => "steps of completed sagas that are not done",
        "step-not-undone" => "steps of compensated sagas that are still done",
        "step-without-saga" => "steps that are done, of sagas that the log does not have",
        "open-below-watermark" => {
            "open sagas below the retention watermark, which no service continues"
        }
        "watermark-ahead" => "services that refuse sagas which the log does not know as deleted",
        "unreadable-saga" => "sagas that cannot be read",
        "identity" => "article ids that would be given out again",
        other => other,
    }
}
