//! `likewise migrate`: shows which migrations the databases lack, and applies them.

use std::{fmt::Write, process::ExitCode};

use clap::{Args, Subcommand};
use likewise::bounds::DATA_FOLDER;
use likewise_saga::{
    env::{Env, real},
    store::{self, DatabaseUrl, MigrationStatus, OpenError, Schema},
};
use serde::Serialize;

use super::{
    Failure,
    on_disk::on_disk,
    options::ServeOptions,
    process::create_folder,
    process_config::{ProcessConfig, Services},
    run_to_end, runtime,
};

/// The exit code if a migration is pending.
const PENDING: u8 = 1;

const CODES: &str = "\
The databases are those of `likewise serve`, or of `likewise serve SERVICE`, with the same options.
Two that apply at one time take turns. Services may run: each version reads the schema of the one before.

Exit codes: 0 nothing is pending, 1 a migration is pending (status), 2 invalid usage, or a database that
cannot be reached, is newer than this program, or is not its own.";

/// `likewise migrate`
#[derive(Subcommand)]
pub(crate) enum MigrateCommand {
    /// Show which migrations each database lacks; changes nothing
    #[command(after_help = CODES, args_conflicts_with_subcommands = true)]
    Status(Box<MigrateOptions>),
    /// Apply the missing migrations
    #[command(after_help = CODES, args_conflicts_with_subcommands = true)]
    Apply(Box<MigrateOptions>),
}

/// `likewise migrate status` and `likewise migrate apply`
#[derive(Args)]
pub(crate) struct MigrateOptions {
    /// Print JSON
    #[arg(long, global = true)]
    json: bool,
    #[command(flatten)]
    serve: ServeOptions,
}

/// The migrations of one database.
#[derive(Serialize)]
struct Migrated {
    service: &'static str,
    database: String,
    /// The last migration that was applied before the command.
    found: i64,
    known: i64,
    pending: Vec<String>,
}

/// Shows or applies.
///
/// # Errors
/// [`Failure`]: the options are invalid, or a database cannot be used.
pub(super) fn run(command: MigrateCommand) -> Result<ExitCode, Failure> {
    let (options, applies) = match command {
        MigrateCommand::Status(options) => (options, false),
        MigrateCommand::Apply(options) => (options, true),
    };
    let services = ProcessConfig::of(options.serve)?.services;
    let runtime = runtime(Some(1))
        .map_err(|error| Failure::Internal(format!("cannot start the runtime: {error}")))?;
    let databases = run_to_end(runtime, migrate(services, applies))?;
    match options.json {
        true => println!("{}", json(&databases)?),
        false => print!("{}", text(&databases, applies)),
    }
    let is_pending = databases
        .iter()
        .any(|database| !database.pending.is_empty());
    Ok(match is_pending && !applies {
        true => ExitCode::from(PENDING),
        false => ExitCode::SUCCESS,
    })
}

async fn migrate(services: Services, applies: bool) -> Result<Vec<Migrated>, Failure> {
    let env: Env = real::env();
    if let (
        Services::All {
            folder: Some(folder),
            ..
        },
        true,
    ) = (&services, applies)
    {
        let (place, folder) = (folder.display().to_string(), folder.clone());
        on_disk(DATA_FOLDER, &*env.store, place, move || {
            create_folder(&folder)
        })
        .await?;
    }
    // All are looked at before the first is changed: if one is refused, none is changed.
    let mut found = Vec::new();
    for (url, schema) in services.databases() {
        let status = store::migration_status(url, schema, &*env.store).await;
        found.push(of(url, schema, or_missing(status, &services, schema, url)?));
    }
    if applies {
        for (url, schema) in services.databases() {
            store::migrate(url, schema, &*env.store).await?;
        }
    }
    Ok(found)
}

/// The data folder is created by the first start, so a file in a missing one lacks every migration.
fn or_missing(
    status: Result<MigrationStatus, OpenError>,
    services: &Services,
    schema: Schema,
    url: &DatabaseUrl,
) -> Result<MigrationStatus, OpenError> {
    match services {
        Services::All {
            folder: Some(folder),
            ..
        } if !folder.exists() => Ok(MigrationStatus::of_nothing(url, schema)),
        _ => status,
    }
}

fn of(url: &DatabaseUrl, schema: Schema, status: MigrationStatus) -> Migrated {
    let pending = status.pending.iter();
    Migrated {
        service: schema.service,
        database: url.to_string(),
        found: status.found,
        known: status.known,
        pending: pending
            .map(|migration| format!("{} {}", migration.version, migration.description))
            .collect(),
    }
}

fn json(databases: &[Migrated]) -> Result<String, Failure> {
    serde_json::to_string_pretty(databases)
        .map_err(|error| Failure::Internal(format!("the result cannot be printed: {error}")))
}

/// A headline for each database, and a line for each migration that it lacks or lacked.
fn text(databases: &[Migrated], applied: bool) -> String {
    let mut text = String::new();
    for database in databases {
        let state = match (database.pending.len(), applied) {
            (0, _) => format!("up to date, migration {}", database.known),
            (count, false) => format!("{count} pending, up to migration {}", database.known),
            (count, true) => format!("{count} applied, now migration {}", database.known),
        };
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{:<13}{state}", database.service);
        let _ = writeln!(text, "             {}", database.database);
        for migration in &database.pending {
            let _ = writeln!(text, "             {migration}");
        }
    }
    text
}
