//! The options that several services have.

use std::{net::SocketAddr, path::PathBuf};

use axum::http::Uri;
use clap::{Args, builder::BoolishValueParser};
use likewise_cli::address_to_listen;
use likewise_saga::http::CorsOrigins;

use super::base_url::base_url;
use crate::command::{
    duration::DurationOption,
    retention_option::{PeriodOption, RetentionOption},
};

/// How several coordinators share one saga log.
#[derive(Args)]
#[command(next_help_heading = "Several coordinators with one saga log")]
pub(crate) struct Lease {
    /// Base URL at which other coordinators reach this one, http://HOST:PORT. One coordinator
    /// holds the saga log; the others forward likes to it, and one of them takes over if it dies.
    /// Set it for all of them
    #[arg(long, value_name = "URL", env = "LIKEWISE_ADVERTISE", value_parser = base_url)]
    pub(crate) advertise: Option<Uri>,
    /// How long the holder may go without a renewal before another takes over, at least 500ms; it
    /// renews four times per lease [default: 5s]
    #[arg(
        long,
        value_name = "TIME",
        env = "LIKEWISE_LEASE",
        requires = "advertise"
    )]
    pub(crate) lease: Option<DurationOption>,
}

/// The listener and its threads.
#[derive(Args)]
#[command(next_help_heading = "Listener")]
pub(crate) struct Listen {
    /// Address to listen on, such as 127.0.0.1:8080, localhost:8080 or :8080 (all addresses of the machine); port 0 takes a
    /// free port
    #[arg(
        long,
        value_name = "ADDRESS:PORT",
        value_parser = address_to_listen,
        env = "LIKEWISE_LISTEN",
        default_value = "127.0.0.1:8080"
    )]
    pub(crate) listen: SocketAddr,
    /// Number of threads that serve requests [default: half the cores]
    #[arg(long, value_name = "COUNT", env = "LIKEWISE_THREADS",
          value_parser = clap::value_parser!(u32).range(1..=1_024))]
    pub(crate) threads: Option<u32>,
    /// How long to go on serving after SIGINT or SIGTERM, while /readyz says that the process stops: the time that a load
    /// balancer needs to notice; at most 1m [default: 0s]
    #[arg(long, value_name = "TIME", env = "LIKEWISE_STOP_DELAY")]
    pub(crate) stop_delay: Option<DurationOption>,
    /// Origins whose pages may use the API in a browser (CORS), with commas between them, for
    /// example https://shop.example; * allows all [default: none]
    #[arg(long, value_name = "ORIGINS", env = "LIKEWISE_CORS_ORIGIN")]
    pub(crate) cors_origin: Option<CorsOrigins>,
}

/// The admin listener.
#[derive(Args)]
#[command(next_help_heading = "Administration")]
pub(crate) struct Admin {
    /// Address of the admin listener, which has the metrics; port 0 takes a free port [default: none]
    #[arg(
        long,
        value_name = "ADDRESS:PORT",
        value_parser = address_to_listen,
        env = "LIKEWISE_ADMIN_LISTEN",
        requires = "admin_token_file"
    )]
    pub(crate) admin_listen: Option<SocketAddr>,
    /// File with the tokens of the admin listener: NAME ROLE TOKEN on each line, with the role read or
    /// operate; lines that begin with # are comments. It is read at the start. In the environment it is also for likewise saga, and
    /// without --admin-listen it is ignored
    #[arg(long, value_name = "FILE", env = "LIKEWISE_ADMIN_TOKEN_FILE")]
    pub(crate) admin_token_file: Option<PathBuf>,
}

/// Who changes the schema of the databases.
#[derive(Args)]
#[command(next_help_heading = "Databases")]
pub(crate) struct Migrations {
    /// Refuse to start if a database lacks a migration. Without it, the start applies the missing ones; likewise migrate apply
    /// does so, too
    #[arg(long, env = "LIKEWISE_NO_MIGRATE", value_parser = BoolishValueParser::new())]
    pub(crate) no_migrate: bool,
}

/// The connections to each database and their statements.
#[derive(Args)]
#[command(next_help_heading = "Database connections")]
pub(crate) struct Pool {
    /// Maximum number of connections to each PostgreSQL database
    #[arg(long, value_name = "COUNT", env = "LIKEWISE_POOL_SIZE", default_value = "20",
          value_parser = clap::value_parser!(u32).range(1..=1_000))]
    pub(crate) pool_size: u32,
    /// How long a request waits for a free connection, and for a new one to be opened, before it gets 503
    #[arg(
        long,
        value_name = "TIME",
        alias = "pool-wait",
        env = "LIKEWISE_ACQUIRE_TIMEOUT",
        default_value = "2s"
    )]
    pub(crate) acquire_timeout: DurationOption,
    /// Time limit of one statement on PostgreSQL
    #[arg(
        long,
        value_name = "TIME",
        env = "LIKEWISE_STATEMENT_TIMEOUT",
        default_value = "2s"
    )]
    pub(crate) statement_timeout: DurationOption,
    /// How long a statement on PostgreSQL waits for a lock that somebody else holds
    #[arg(
        long,
        value_name = "TIME",
        env = "LIKEWISE_LOCK_TIMEOUT",
        default_value = "500ms"
    )]
    pub(crate) lock_timeout: DurationOption,
}

/// How sagas are driven.
#[derive(Args)]
#[command(next_help_heading = "Sagas")]
pub(crate) struct Sagas {
    /// How long a saga goes forward; after that it is sealed, and undone unless all its steps are done
    #[arg(
        long,
        value_name = "TIME",
        env = "LIKEWISE_SAGA_DEADLINE",
        default_value = "5s"
    )]
    pub(crate) saga_deadline: DurationOption,
    /// Time limit of one attempt at one request to a service
    #[arg(
        long,
        value_name = "TIME",
        env = "LIKEWISE_STEP_TIMEOUT",
        default_value = "1s"
    )]
    pub(crate) step_timeout: DurationOption,
    /// Time limit of a reply to a client; after that it gets 503 and may repeat the request
    #[arg(
        long,
        value_name = "TIME",
        env = "LIKEWISE_ANSWER_TIMEOUT",
        default_value = "10s"
    )]
    pub(crate) answer_timeout: DurationOption,
    /// How often the saga log is scanned for open sagas that nobody drives
    #[arg(
        long,
        value_name = "TIME",
        env = "LIKEWISE_SCAN_INTERVAL",
        default_value = "5m"
    )]
    pub(crate) scan_interval: DurationOption,
    /// How often the coordinator verifies that it still holds the saga log, and asks a service that is
    /// away whether it is back
    #[arg(
        long,
        value_name = "TIME",
        env = "LIKEWISE_WATCH_INTERVAL",
        default_value = "1s"
    )]
    pub(crate) watch_interval: DurationOption,
    /// Number of failed attempts in a row after which a saga is parked and an alert is logged
    #[arg(long, value_name = "COUNT", env = "LIKEWISE_PARK_AFTER", default_value = "20",
          value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) park_after: u32,
    /// First pause between two attempts; each further pause is twice as long
    #[arg(
        long,
        value_name = "TIME",
        env = "LIKEWISE_RETRY_PAUSE_MIN",
        default_value = "50ms"
    )]
    pub(crate) retry_pause_min: DurationOption,
    /// Longest pause between two attempts, before its jitter, which at most doubles it
    #[arg(
        long,
        value_name = "TIME",
        env = "LIKEWISE_RETRY_PAUSE_MAX",
        default_value = "5s"
    )]
    pub(crate) retry_pause_max: DurationOption,
    /// Maximum number of open sagas; further requests get 503
    #[arg(long, value_name = "COUNT", env = "LIKEWISE_OPEN_SAGAS_MAX", default_value = "1024",
          value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub(crate) open_sagas_max: u32,
}

/// How clients follow transactions.
#[derive(Args)]
#[command(next_help_heading = "Live status")]
pub(crate) struct Events {
    /// File with the key that tickets for the events of a transaction are signed with, at least 32 bytes. Give the same to all
    /// coordinators of a saga log [default: a random key, which other processes do not know]
    #[arg(long, value_name = "FILE", env = "LIKEWISE_TICKET_KEY_FILE")]
    pub(crate) ticket_key_file: Option<PathBuf>,
}

/// What is deleted after its end.
#[derive(Args)]
#[command(next_help_heading = "Retention")]
pub(crate) struct Retain {
    /// Which sagas are kept after their end: off (all of them), a time such as 7d, or a number such as 100000rows.
    /// Older ones are deleted from the saga log, and their barrier rows from the services
    #[arg(
        long,
        value_name = "off|TIME|COUNTrows",
        env = "LIKEWISE_RETENTION",
        default_value = "off"
    )]
    pub(crate) retention: RetentionOption,
    /// How long an Idempotency-Key is honoured after the end of its saga, at least as long as sagas are kept [default: 24h, or
    /// the time in --retention if that is longer]
    #[arg(long, value_name = "TIME", env = "LIKEWISE_RETENTION_KEYS")]
    pub(crate) retention_keys: Option<PeriodOption>,
}
