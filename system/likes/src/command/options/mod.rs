//! The options on the command line. Each can also be given as an environment variable.
//!
//! Database URLs stay text here and are parsed in `process_config`: clap would repeat an invalid value in its
//! message, with the password in it.
//!
//! Files: this one (commands and services), `shared.rs` (options that several services have), `of_process.rs` (those that every process
//! has), `alerts.rs`, `security.rs`, `base_url.rs`.

mod alerts;
mod base_url;
mod of_process;
mod security;
mod shared;

use std::path::PathBuf;

use axum::http::Uri;
use clap::{Args, Parser, Subcommand, ValueHint};
use likewise_cli::{Completions, Manual};

use super::{
    audit::{AUDIT_CODES, AuditOptions},
    config::ConfigCommand,
    doctor::{DOCTOR_CODES, DoctorOptions},
    health::{HEALTH_EXAMPLES, HealthOptions},
    logging::LogOptions,
    migrate::MigrateCommand,
    saga::{SAGA_EXAMPLES, SagaOptions},
    traces::TraceOptions,
};
pub(crate) use alerts::Alerts;
pub(super) use base_url::base_url;
pub(crate) use security::{IdentityOption, Security};
pub(crate) use shared::{Admin, Events, Lease, Listen, Migrations, Pool, Retain, Sagas};

const EXAMPLES: &str = "\
Examples:
  likewise serve
      all three services on 127.0.0.1:8080, with SQLite files in ./likewise-data
  likewise serve --listen 127.0.0.1:9000 --data /var/lib/likewise
  likewise serve --article-db postgres://me@db/article --user-db postgres://me@db/users \\
                 --coordinator-db postgres://me@db/coordinator
  likewise serve article --listen 127.0.0.1:8081 --article-db sqlite:article.db
  likewise serve user --listen 127.0.0.1:8082 --user-db sqlite:user.db
  likewise serve coordinator --listen 127.0.0.1:8080 --coordinator-db sqlite:coordinator.db \\
                 --article-url http://127.0.0.1:8081 --user-url http://127.0.0.1:8082

Two coordinators with one saga log on two machines; if the first dies, the second takes over:
  likewise serve coordinator --listen 0.0.0.0:8080 --advertise http://one:8080 --lease 5s \\
                 --coordinator-db postgres://me@db/coordinator --article-url http://article:8081 --user-url http://user:8082
  likewise serve coordinator --listen 0.0.0.0:8080 --advertise http://two:8080 --lease 5s \\
                 --coordinator-db postgres://me@db/coordinator --article-url http://article:8081 --user-url http://user:8082

Delete what is old: sagas a week after their end, keys and their sagas after 30 days; or all but the last million sagas:
  likewise serve --retention 7d --retention-keys 30d
  likewise serve --retention 1000000rows --retention-keys 24h

Alerts about parked sagas; secrets.txt has the receiver's whsec_…:
  likewise serve --alert-webhook https://alerts.example/hook --alert-secret-file secrets.txt

A configuration file; likewise config check and likewise config show read the same:
  likewise serve --config likewise.toml

Metrics for Prometheus on a listener of its own; tokens.txt has a line such as: prometheus read 5f2b0c8ad1e94f77
  likewise serve --admin-listen 127.0.0.1:9090 --admin-token-file tokens.txt

Then:
  curl -i -X POST localhost:8080/v1/articles -H 'Content-Type: application/json' -d '{\"title\": \"Hello\"}'
  curl -i -X POST localhost:8080/articles/1/like -H 'X-User-ID: 7'

Every process may be killed at any moment. The next start continues the open sagas.
--log-level, else LIKEWISE_LOG, else the file, else RUST_LOG, filters the log (default: warn,likewise=info).

Exit codes: 0 stopped by a signal, 2 invalid usage or configuration, 70 a defect,
75 another coordinator took over the saga log.";

/// The heading of the options that say where the data is.
const DATABASES: &str = "Databases";
/// The heading of the options that say where the other services are.
const OTHERS: &str = "Other services";
/// The name of the binary.
pub(crate) const PROGRAM: &str = "likewise";

/// A like service built on sagas: article service, user service and coordinator
#[derive(Parser)]
#[command(name = PROGRAM, version, propagate_version = true)]
pub(crate) enum Command {
    /// Serve all three services in one process, or one service
    #[command(after_help = EXAMPLES, args_conflicts_with_subcommands = true)]
    Serve(Box<ServeOptions>),
    /// Check the configuration, or show where each value comes from
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Show which migrations the databases lack, or apply them
    #[command(subcommand)]
    Migrate(MigrateCommand),
    /// Connect to everything that the configuration names, and say what is wrong and what to do
    #[command(after_help = DOCTOR_CODES, args_conflicts_with_subcommands = true)]
    Doctor(Box<DoctorOptions>),
    /// Compare the three databases and say what differs, for example after one was restored
    #[command(after_help = AUDIT_CODES)]
    Audit(AuditOptions),
    /// Look at stuck sagas, and retry, abort, force, pause or resume them, through the admin API
    #[command(after_help = SAGA_EXAMPLES)]
    Saga(SagaOptions),
    /// Ask a process whether it lives or is ready, for the health check of a container
    #[command(after_help = HEALTH_EXAMPLES)]
    Health(HealthOptions),
    /// Print completions for a shell
    #[command(after_help = Completions::examples(PROGRAM))]
    Completions(Completions),
    /// Print the manual page, or write a page for each command
    #[command(after_help = Manual::examples(PROGRAM))]
    Man(Manual),
}

/// `likewise serve`
#[derive(Args)]
pub(crate) struct ServeOptions {
    #[command(subcommand)]
    pub(crate) service: Option<OneService>,
    #[command(flatten)]
    pub(crate) all: AllServices,
}

/// `likewise serve SERVICE`
#[derive(Subcommand)]
pub(crate) enum OneService {
    /// Serve only the article service, which owns the like counts
    Article(ArticleOptions),
    /// Serve only the user service, which owns the like records
    User(UserOptions),
    /// Serve only the coordinator, which accepts likes and drives their sagas
    Coordinator(Box<CoordinatorOptions>),
}

/// `likewise serve` without a service: all three in one process.
#[derive(Args)]
pub(crate) struct AllServices {
    #[command(flatten)]
    pub(crate) listen: Listen,
    #[command(flatten)]
    pub(crate) admin: Admin,
    #[command(flatten)]
    pub(crate) security: Security,
    /// Folder of the three SQLite files; created if it is missing [default: ./likewise-data]
    #[arg(long, value_name = "DIR", env = "LIKEWISE_DATA", value_hint = ValueHint::DirPath, help_heading = DATABASES)]
    pub(crate) data: Option<PathBuf>,
    /// Database of the article service, sqlite:PATH or postgres://…
    #[arg(
        long,
        value_name = "URL",
        env = "LIKEWISE_ARTICLE_DB",
        hide_env_values = true,
        help_heading = DATABASES
    )]
    pub(crate) article_db: Option<String>,
    /// Database of the user service
    #[arg(
        long,
        value_name = "URL",
        env = "LIKEWISE_USER_DB",
        hide_env_values = true,
        help_heading = DATABASES
    )]
    pub(crate) user_db: Option<String>,
    /// Database of the coordinator
    #[arg(
        long,
        value_name = "URL",
        env = "LIKEWISE_COORDINATOR_DB",
        hide_env_values = true,
        help_heading = DATABASES
    )]
    pub(crate) coordinator_db: Option<String>,
    #[command(flatten)]
    pub(crate) migrations: Migrations,
    #[command(flatten)]
    pub(crate) pool: Pool,
    #[command(flatten)]
    pub(crate) sagas: Sagas,
    #[command(flatten)]
    pub(crate) events: Events,
    #[command(flatten)]
    pub(crate) retain: Retain,
    #[command(flatten)]
    pub(crate) alerts: Alerts,
    #[command(flatten)]
    pub(crate) log: LogOptions,
    #[command(flatten)]
    pub(crate) traces: TraceOptions,
}

/// `likewise serve article`
#[derive(Args)]
pub(crate) struct ArticleOptions {
    #[command(flatten)]
    pub(crate) listen: Listen,
    #[command(flatten)]
    pub(crate) admin: Admin,
    #[command(flatten)]
    pub(crate) security: Security,
    /// Database of the service, sqlite:PATH or postgres://…
    #[arg(
        long,
        value_name = "URL",
        env = "LIKEWISE_ARTICLE_DB",
        hide_env_values = true,
        help_heading = DATABASES
    )]
    pub(crate) article_db: String,
    #[command(flatten)]
    pub(crate) migrations: Migrations,
    #[command(flatten)]
    pub(crate) pool: Pool,
    #[command(flatten)]
    pub(crate) log: LogOptions,
    #[command(flatten)]
    pub(crate) traces: TraceOptions,
}

/// `likewise serve user`
#[derive(Args)]
pub(crate) struct UserOptions {
    #[command(flatten)]
    pub(crate) listen: Listen,
    #[command(flatten)]
    pub(crate) admin: Admin,
    #[command(flatten)]
    pub(crate) security: Security,
    /// Database of the service, sqlite:PATH or postgres://…
    #[arg(
        long,
        value_name = "URL",
        env = "LIKEWISE_USER_DB",
        hide_env_values = true,
        help_heading = DATABASES
    )]
    pub(crate) user_db: String,
    #[command(flatten)]
    pub(crate) migrations: Migrations,
    #[command(flatten)]
    pub(crate) pool: Pool,
    #[command(flatten)]
    pub(crate) log: LogOptions,
    #[command(flatten)]
    pub(crate) traces: TraceOptions,
}

/// `likewise serve coordinator`
#[derive(Args)]
pub(crate) struct CoordinatorOptions {
    #[command(flatten)]
    pub(crate) listen: Listen,
    #[command(flatten)]
    pub(crate) admin: Admin,
    #[command(flatten)]
    pub(crate) security: Security,
    /// Database of the service, sqlite:PATH or postgres://…
    #[arg(
        long,
        value_name = "URL",
        env = "LIKEWISE_COORDINATOR_DB",
        hide_env_values = true,
        help_heading = DATABASES
    )]
    pub(crate) coordinator_db: String,
    /// Base URL of the article service, http://HOST:PORT
    #[arg(long, value_name = "URL", env = "LIKEWISE_ARTICLE_URL", help_heading = OTHERS, value_parser = base_url)]
    pub(crate) article_url: Uri,
    /// Base URL of the user service, http://HOST:PORT
    #[arg(long, value_name = "URL", env = "LIKEWISE_USER_URL", help_heading = OTHERS, value_parser = base_url)]
    pub(crate) user_url: Uri,
    #[command(flatten)]
    pub(crate) lease: Lease,
    #[command(flatten)]
    pub(crate) migrations: Migrations,
    #[command(flatten)]
    pub(crate) pool: Pool,
    #[command(flatten)]
    pub(crate) sagas: Sagas,
    #[command(flatten)]
    pub(crate) events: Events,
    #[command(flatten)]
    pub(crate) retain: Retain,
    #[command(flatten)]
    pub(crate) alerts: Alerts,
    #[command(flatten)]
    pub(crate) log: LogOptions,
    #[command(flatten)]
    pub(crate) traces: TraceOptions,
}

#[cfg(test)]
mod tests {
    use super::super::command_line;

    #[test]
    fn the_command_line_is_consistent() {
        command_line().debug_assert();
    }

    #[test]
    fn the_help_fits_a_narrow_terminal() {
        for columns in [60, 80, 100] {
            let wide = likewise_cli::too_wide(command_line(), columns);
            assert_eq!(wide, Vec::<String>::new(), "{columns} columns");
        }
    }
}
