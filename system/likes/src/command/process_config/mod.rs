//! The configuration of a process, validated as far as possible without touching anything.
//!
//! Files: this one (which services), `databases.rs` (their URLs), `coordinator.rs` (time limits, lease and retention).

mod coordinator;
mod databases;

use std::{net::SocketAddr, path::PathBuf};

use likewise::{
    all_in_one::AllInOneConfig,
    config::{CoordinatorRole, Role, ServiceConfig},
    coordinator::CoordinatorConfig,
};
use likewise_saga::{http::CorsOrigins, store::PoolConfig};

use super::{
    Failure,
    alerts::AlertOptions,
    options::{Admin, AllServices, OneService, Pool, Security, ServeOptions},
    traces::TraceOptions,
};
use coordinator::{check_order, coordinator, lease, retention};
pub(super) use databases::Databases;
use databases::database_url;

/// The configuration of a process.
#[derive(Debug)]
pub(crate) struct ProcessConfig {
    /// The address of the public listener.
    pub(crate) listen: SocketAddr,
    /// The number of threads; `None` for the default.
    pub(crate) threads: Option<u32>,
    /// The origins whose pages may use the API.
    pub(crate) cors: Option<CorsOrigins>,
    /// The admin listener, if there is one.
    pub(crate) admin: Option<AdminConfig>,
    /// The credentials.
    pub(crate) security: Security,
    /// The file with the key of tickets.
    pub(crate) ticket_key_file: Option<PathBuf>,
    /// Where alerts are delivered to.
    pub(crate) alerts: Option<AlertOptions>,
    /// Where its traces go.
    pub(crate) traces: TraceOptions,
    /// The services of the process.
    pub(crate) services: Services,
}

/// The admin listener.
#[derive(Debug)]
pub(crate) struct AdminConfig {
    /// Its address.
    pub(crate) listen: SocketAddr,
    /// The file with its tokens.
    pub(crate) token_file: PathBuf,
}

/// The services of a process.
#[derive(Debug)]
pub(crate) enum Services {
    /// All three.
    All {
        config: Box<AllInOneConfig>,
        /// The folder of the SQLite files, to be created first.
        folder: Option<PathBuf>,
    },
    /// One of them.
    One(ServiceConfig),
}

impl Services {
    /// Whether other processes send steps to it.
    pub(crate) fn has_internal_routes(&self) -> bool {
        let is_participant = |config: &ServiceConfig| !matches!(config.role, Role::Coordinator(_));
        matches!(self, Self::One(config) if is_participant(config))
    }

    /// The coordinator's configuration, if there is one.
    pub(crate) fn coordinator(&mut self) -> Option<&mut CoordinatorConfig> {
        match self {
            Self::All { config, .. } => Some(&mut config.coordinator),
            Self::One(ServiceConfig {
                role: Role::Coordinator(role),
                ..
            }) => Some(&mut role.config),
            Self::One(_) => None,
        }
    }
}

impl ProcessConfig {
    /// Validates the options.
    ///
    /// # Errors
    /// [`Failure::Configuration`]: which options are invalid or contradict each other, and what to give instead.
    pub(crate) fn of(options: ServeOptions) -> Result<Self, Failure> {
        let config = match options.service {
            None => Self::all(options.all),
            Some(service) => Self::one(service),
        }?;
        config.traces.check()?;
        config.security.check()?;
        Ok(config)
    }

    fn all(options: AllServices) -> Result<Self, Failure> {
        let urls = [options.article_db, options.user_db, options.coordinator_db];
        let databases = Databases::of(options.data, urls)?;
        let mut coordinator = coordinator(&options.sagas)?;
        coordinator.retention = retention(&options.retain, &coordinator)?;
        let config = AllInOneConfig {
            article_db: databases.article,
            user_db: databases.user,
            coordinator_db: databases.coordinator,
            pool: pool(&options.pool)?,
            coordinator,
        };
        Ok(Self {
            listen: options.listen.listen,
            threads: options.listen.threads,
            cors: options.listen.cors_origin,
            admin: admin(options.admin),
            security: options.security,
            ticket_key_file: options.events.ticket_key_file,
            alerts: AlertOptions::of(options.alerts)?,
            traces: options.traces,
            services: Services::All {
                config: Box::new(config),
                folder: databases.folder,
            },
        })
    }

    fn one(service: OneService) -> Result<Self, Failure> {
        let (mut ticket_key_file, mut alerts) = (None, None);
        let (listen, admin_options, security, role, database, limits, traces) = match service {
            OneService::Article(options) => {
                let database = database_url("--article-db", &options.article_db)?;
                (
                    options.listen,
                    options.admin,
                    options.security,
                    Role::Article,
                    database,
                    options.pool,
                    options.traces,
                )
            }
            OneService::User(options) => {
                let database = database_url("--user-db", &options.user_db)?;
                (
                    options.listen,
                    options.admin,
                    options.security,
                    Role::User,
                    database,
                    options.pool,
                    options.traces,
                )
            }
            OneService::Coordinator(options) => {
                let mut config = coordinator(&options.sagas)?;
                config.lease = lease(options.lease)?;
                config.retention = retention(&options.retain, &config)?;
                let role = Role::Coordinator(Box::new(CoordinatorRole {
                    article: options.article_url,
                    user: options.user_url,
                    config,
                }));
                ticket_key_file = options.events.ticket_key_file;
                alerts = AlertOptions::of(options.alerts)?;
                let database = database_url("--coordinator-db", &options.coordinator_db)?;
                (
                    options.listen,
                    options.admin,
                    options.security,
                    role,
                    database,
                    options.pool,
                    options.traces,
                )
            }
        };
        Ok(Self {
            listen: listen.listen,
            threads: listen.threads,
            cors: listen.cors_origin,
            admin: admin(admin_options),
            security,
            ticket_key_file,
            alerts,
            traces,
            services: Services::One(ServiceConfig {
                role,
                database,
                pool: pool(&limits)?,
            }),
        })
    }
}

/// The options require each other.
fn admin(options: Admin) -> Option<AdminConfig> {
    let (listen, token_file) = (options.admin_listen?, options.admin_token_file?);
    Some(AdminConfig { listen, token_file })
}

fn pool(options: &Pool) -> Result<PoolConfig, Failure> {
    check_order(
        ("--lock-timeout", options.lock_timeout),
        ("--statement-timeout", options.statement_timeout),
        "a statement that waits for a lock would end before it reports the lock",
    )?;
    Ok(PoolConfig {
        connections_max: options.pool_size,
        acquire_timeout: options.pool_wait.0,
        statement_timeout: options.statement_timeout.0,
        lock_timeout: options.lock_timeout.0,
    })
}

#[cfg(test)]
mod tests;
