//! What can be said on the command line, and in the environment instead.
//!
//! Databases are kept as text here: clap would repeat a wrong one, with its password.

use std::{net::SocketAddr, path::PathBuf};

use axum::http::Uri;
use clap::{Args, Parser, Subcommand};

use super::span::Span;

const EXAMPLES: &str = "\
Examples:
  likewise serve
      all three services on 127.0.0.1:8080, their SQLite files in ./likewise-data
  likewise serve --listen 127.0.0.1:9000 --data /var/lib/likewise
  likewise serve --article-db postgres://me@db/article --user-db postgres://me@db/users \\
                 --coordinator-db postgres://me@db/coordinator
  likewise serve article --listen 127.0.0.1:8081 --article-db sqlite:article.db
  likewise serve user --listen 127.0.0.1:8082 --user-db sqlite:user.db
  likewise serve coordinator --listen 127.0.0.1:8080 --coordinator-db sqlite:coordinator.db \\
                 --article-url http://127.0.0.1:8081 --user-url http://127.0.0.1:8082

Two coordinators of one saga log, the second takes over when the first dies (here and on another machine):
  likewise serve coordinator --listen 0.0.0.0:8080 --advertise http://one:8080 --lease 5s \\
                 --coordinator-db postgres://me@db/coordinator --article-url http://article:8081 --user-url http://user:8082
  likewise serve coordinator --listen 0.0.0.0:8080 --advertise http://two:8080 --lease 5s \\
                 --coordinator-db postgres://me@db/coordinator --article-url http://article:8081 --user-url http://user:8082

Then:
  curl -i -X POST localhost:8080/v1/articles -H 'Content-Type: application/json' -d '{\"title\": \"Hello\"}'
  curl -i -X POST localhost:8080/articles/1/like -H 'X-User-ID: 7'

Every process may be killed at any moment: open sagas go on after its next start.
LIKEWISE_LOG, else RUST_LOG, filters the log (info unless set).
Exit codes: 0 stopped as asked, 2 usage or configuration, 70 a defect.";

/// A like saga: article, user and coordinator service
#[derive(Parser)]
#[command(name = "likewise", version, propagate_version = true)]
pub(crate) enum Command {
    /// Serves all three services in one process, or the one that is named
    #[command(after_help = EXAMPLES, args_conflicts_with_subcommands = true)]
    Serve(Box<Serve>),
}

/// `likewise serve`
#[derive(Args)]
pub(crate) struct Serve {
    #[command(subcommand)]
    pub(crate) one: Option<One>,
    #[command(flatten)]
    pub(crate) all: All,
}

/// One service alone.
#[derive(Subcommand)]
pub(crate) enum One {
    /// The article service alone: owns the counters
    Article(Article),
    /// The user service alone: owns the like records
    User(User),
    /// The coordinator alone: takes the likes and drives their sagas
    Coordinator(Box<Coordinator>),
}

/// All three services in one process.
#[derive(Args)]
pub(crate) struct All {
    #[command(flatten)]
    pub(crate) listen: Listen,
    /// Folder of the three SQLite files, made if it is missing [default: ./likewise-data]
    #[arg(long, value_name = "DIR", env = "LIKEWISE_DATA")]
    pub(crate) data: Option<PathBuf>,
    /// Database of the article service, sqlite:PATH or postgres://…
    #[arg(
        long,
        value_name = "URL",
        env = "LIKEWISE_ARTICLE_DB",
        hide_env_values = true
    )]
    pub(crate) article_db: Option<String>,
    /// Database of the user service
    #[arg(
        long,
        value_name = "URL",
        env = "LIKEWISE_USER_DB",
        hide_env_values = true
    )]
    pub(crate) user_db: Option<String>,
    /// Database of the coordinator
    #[arg(
        long,
        value_name = "URL",
        env = "LIKEWISE_COORDINATOR_DB",
        hide_env_values = true
    )]
    pub(crate) coordinator_db: Option<String>,
    #[command(flatten)]
    pub(crate) pool: Pool,
    #[command(flatten)]
    pub(crate) sagas: Sagas,
}

/// `likewise serve article`
#[derive(Args)]
pub(crate) struct Article {
    #[command(flatten)]
    pub(crate) listen: Listen,
    /// Its database, sqlite:PATH or postgres://…
    #[arg(
        long,
        value_name = "URL",
        env = "LIKEWISE_ARTICLE_DB",
        hide_env_values = true
    )]
    pub(crate) article_db: String,
    #[command(flatten)]
    pub(crate) pool: Pool,
}

/// `likewise serve user`
#[derive(Args)]
pub(crate) struct User {
    #[command(flatten)]
    pub(crate) listen: Listen,
    /// Its database, sqlite:PATH or postgres://…
    #[arg(
        long,
        value_name = "URL",
        env = "LIKEWISE_USER_DB",
        hide_env_values = true
    )]
    pub(crate) user_db: String,
    #[command(flatten)]
    pub(crate) pool: Pool,
}

/// `likewise serve coordinator`
#[derive(Args)]
pub(crate) struct Coordinator {
    #[command(flatten)]
    pub(crate) listen: Listen,
    /// Its database, sqlite:PATH or postgres://…
    #[arg(
        long,
        value_name = "URL",
        env = "LIKEWISE_COORDINATOR_DB",
        hide_env_values = true
    )]
    pub(crate) coordinator_db: String,
    /// Where the article service is, http://HOST:PORT
    #[arg(long, value_name = "URL", env = "LIKEWISE_ARTICLE_URL", value_parser = base_url)]
    pub(crate) article_url: Uri,
    /// Where the user service is, http://HOST:PORT
    #[arg(long, value_name = "URL", env = "LIKEWISE_USER_URL", value_parser = base_url)]
    pub(crate) user_url: Uri,
    #[command(flatten)]
    pub(crate) lease: Lease,
    #[command(flatten)]
    pub(crate) pool: Pool,
    #[command(flatten)]
    pub(crate) sagas: Sagas,
}

/// How several coordinators share one saga log.
#[derive(Args)]
#[command(next_help_heading = "Several coordinators of one saga log")]
pub(crate) struct Lease {
    /// Where the others reach this one, http://HOST:PORT: one coordinator then holds the log, the
    /// others pass likes on to it and take over when it is silent. Give it to all of them
    #[arg(long, value_name = "URL", env = "LIKEWISE_ADVERTISE", value_parser = base_url)]
    pub(crate) advertise: Option<Uri>,
    /// How long the holder may be silent, at least 500ms; it renews four times in it [default: 5s]
    #[arg(
        long,
        value_name = "TIME",
        env = "LIKEWISE_LEASE",
        requires = "advertise"
    )]
    pub(crate) lease: Option<Span>,
}

/// Where clients come in.
#[derive(Args)]
pub(crate) struct Listen {
    /// Address to listen on; port 0 takes a free one
    #[arg(
        long,
        value_name = "ADDRESS:PORT",
        env = "LIKEWISE_LISTEN",
        default_value = "127.0.0.1:8080"
    )]
    pub(crate) listen: SocketAddr,
    /// Threads that serve [default: half the cores]
    #[arg(long, value_name = "COUNT", env = "LIKEWISE_THREADS",
          value_parser = clap::value_parser!(u32).range(1..=1_024))]
    pub(crate) threads: Option<u32>,
}

/// Connections to a database.
#[derive(Args)]
#[command(next_help_heading = "Database connections")]
pub(crate) struct Pool {
    /// Connections to each database at most
    #[arg(long, value_name = "COUNT", env = "LIKEWISE_POOL_SIZE", default_value = "20",
          value_parser = clap::value_parser!(u32).range(1..=1_000))]
    pub(crate) pool_size: u32,
    /// How long a request waits for a free connection before it is answered 503
    #[arg(
        long,
        value_name = "TIME",
        env = "LIKEWISE_POOL_WAIT",
        default_value = "2s"
    )]
    pub(crate) pool_wait: Span,
}

/// How sagas are driven.
#[derive(Args)]
#[command(next_help_heading = "Sagas")]
pub(crate) struct Sagas {
    /// How long a saga goes forward before it doubts: then it is sealed, and undone unless it was done
    #[arg(
        long,
        value_name = "TIME",
        env = "LIKEWISE_SAGA_DEADLINE",
        default_value = "5s"
    )]
    pub(crate) saga_deadline: Span,
    /// How long one attempt at one request to a service may take
    #[arg(
        long,
        value_name = "TIME",
        env = "LIKEWISE_STEP_TIMEOUT",
        default_value = "1s"
    )]
    pub(crate) step_timeout: Span,
    /// How long a client waits before it is told to ask again
    #[arg(
        long,
        value_name = "TIME",
        env = "LIKEWISE_ANSWER_TIMEOUT",
        default_value = "10s"
    )]
    pub(crate) answer_timeout: Span,
    /// How often the log is scanned for hanging sagas
    #[arg(
        long,
        value_name = "TIME",
        env = "LIKEWISE_SCAN_INTERVAL",
        default_value = "5m"
    )]
    pub(crate) scan_interval: Span,
    /// Failed attempts in a row after which a saga is parked and an alert is logged
    #[arg(long, value_name = "COUNT", env = "LIKEWISE_PARK_AFTER", default_value = "20",
          value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) park_after: u32,
    /// The first pause between two attempts; it doubles from there
    #[arg(
        long,
        value_name = "TIME",
        env = "LIKEWISE_RETRY_PAUSE_MIN",
        default_value = "50ms"
    )]
    pub(crate) retry_pause_min: Span,
    /// The longest pause between two attempts
    #[arg(
        long,
        value_name = "TIME",
        env = "LIKEWISE_RETRY_PAUSE_MAX",
        default_value = "5s"
    )]
    pub(crate) retry_pause_max: Span,
    /// Sagas driven at once; one more is answered 503
    #[arg(long, value_name = "COUNT", env = "LIKEWISE_OPEN_SAGAS_MAX", default_value = "1024",
          value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub(crate) open_sagas_max: u32,
}

/// The address of a service: `http://HOST:PORT` and nothing after it.
fn base_url(text: &str) -> Result<Uri, String> {
    let url: Uri = text.parse().map_err(|error| format!("{error}"))?;
    let bare = matches!(url.path(), "" | "/") && url.query().is_none();
    match url.scheme_str() == Some("http")
        && url.host().is_some_and(|host| !host.is_empty())
        && bare
    {
        true => Ok(url),
        false => Err("give http://HOST:PORT, with nothing after it".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Command::command().debug_assert();
    }

    #[test]
    fn a_services_address_is_a_host_and_nothing_more() {
        assert!(base_url("http://127.0.0.1:8081").is_ok());
        assert!(base_url("http://article:80/").is_ok());
        for wrong in [
            "127.0.0.1:8081",
            "https://a",
            "http://a/b",
            "http://a/?b",
            "",
        ] {
            assert!(base_url(wrong).is_err(), "{wrong}");
        }
    }
}
