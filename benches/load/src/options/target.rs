//! The options that choose the system under load.

use std::{net::SocketAddr, path::PathBuf};

use clap::{Args, ValueEnum};
use likewise_cli::address_to_connect;

/// The system under load.
#[derive(Args, Clone)]
#[command(next_help_heading = "System")]
pub(crate) struct Target {
    /// Running coordinator, such as localhost:8080 or :8080; without it the services are started here
    #[arg(long, value_name = "ADDRESS", value_parser = address_to_connect)]
    pub(crate) coordinator: Option<SocketAddr>,
    /// Running article service [default: the coordinator's address]
    #[arg(long, value_name = "ADDRESS", value_parser = address_to_connect, requires = "coordinator")]
    pub(crate) article: Option<SocketAddr>,
    /// Running user service [default: the coordinator's address]
    #[arg(long, value_name = "ADDRESS", value_parser = address_to_connect, requires = "coordinator")]
    pub(crate) user: Option<SocketAddr>,
    /// Number of processes of the services to start
    #[arg(
        long,
        value_enum,
        default_value = "one",
        conflicts_with = "coordinator"
    )]
    pub(crate) services: Services,
    /// Database engine of the services to start; a PostgreSQL server is temporary, with durable defaults
    #[arg(
        long,
        value_enum,
        default_value = "sqlite",
        conflicts_with = "coordinator"
    )]
    pub(crate) engine: Engine,
    /// Binary to start; one of profile `dist` is faster [default: a release build of this checkout]
    #[arg(long, value_name = "PATH", conflicts_with = "coordinator")]
    pub(crate) likewise: Option<PathBuf>,
}

impl Target {
    /// Services to start on a temporary PostgreSQL.
    pub(crate) fn on_postgres(services: Services) -> Self {
        Self {
            coordinator: None,
            article: None,
            user: None,
            services,
            engine: Engine::Postgres,
            likewise: None,
        }
    }
}

/// The number of processes of the services.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Services {
    /// All services in one process
    One,
    /// One process per service
    Three,
}

/// The database engine of the services.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Engine {
    /// Three files
    Sqlite,
    /// Three databases of one temporary server
    Postgres,
}
