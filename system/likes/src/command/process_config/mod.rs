//! The configuration of a process, validated as far as possible without touching anything.
//!
//! Files: this one (which services), `databases.rs` (their URLs), `coordinator.rs` (time limits, lease and retention).

mod coordinator;
mod databases;

use std::{net::SocketAddr, path::PathBuf, time::Duration};

use likewise::{
    all_in_one::AllInOneConfig,
    config::{CoordinatorRole, Role, ServiceConfig},
    coordinator::{AdmissionLimit, CoordinatorConfig},
};
use likewise_saga::{
    http::CorsOrigins,
    store::{DatabaseUrl, PoolConfig},
};

use super::{
    Failure,
    alerts::AlertOptions,
    options::{
        Admin, AllServices, CoordinatorOptions, Listen, OneService, Pool, Retain, Sagas, Security,
        ServeOptions,
    },
    traces::TraceOptions,
};
use coordinator::{check_order, coordinator, lease, retention};
use databases::database_url;
pub(super) use databases::{Databases, schema_of};

/// The longest `--stop-delay`.
const STOP_DELAY_MAX: Duration = Duration::from_secs(60);

/// The configuration of a process.
#[derive(Debug)]
pub(crate) struct ProcessConfig {
    /// The address of the public listener.
    pub(crate) listen: SocketAddr,
    /// The number of threads; `None` for the default.
    pub(crate) threads: Option<u32>,
    /// The origins whose pages may use the API.
    pub(crate) cors: Option<CorsOrigins>,
    /// How long the process goes on serving after a signal asked it to stop.
    pub(crate) stop_delay: Duration,
    /// The admin listener, if there is one.
    pub(crate) admin: Option<AdminConfig>,
    /// The credentials.
    pub(crate) security: Security,
    /// The file with the key of tickets.
    pub(crate) ticket_key_file: Option<PathBuf>,
    /// Where alerts are delivered to.
    pub(crate) alerts: Option<AlertOptions>,
    /// Whether a database that lacks a migration is refused.
    pub(crate) no_migrate: bool,
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

impl Services {
    /// The admission limit of the coordinator. Without a coordinator nothing reads it.
    pub(crate) fn admission(&mut self) -> AdmissionLimit {
        let coordinator = self.coordinator();
        coordinator.map_or_else(AdmissionLimit::default, |config| config.admission.clone())
    }
}

impl ProcessConfig {
    /// Validates the options.
    ///
    /// # Errors
    /// [`Failure::Configuration`]: which options are invalid or contradict each other, and what to give instead.
    pub(crate) fn of(options: ServeOptions) -> Result<Self, Failure> {
        let traces = options.traces().check();
        let no_migrate = options.migrations().no_migrate;
        let stop_delay = stop_delay(options.listen());
        let security = options.security().check();
        let config = match options.service {
            None => Self::all(options.all),
            Some(service) => Self::one(service),
        };
        let checked = Failure::both(traces.and(security), stop_delay);
        let (config, ((), stop_delay)) = Failure::both(config, checked)?;
        Ok(Self {
            no_migrate,
            stop_delay,
            ..config
        })
    }

    fn all(options: AllServices) -> Result<Self, Failure> {
        let urls = [options.article_db, options.user_db, options.coordinator_db];
        let databases = Databases::of(options.data, urls);
        let coordinator = retained(coordinator(&options.sagas), &options.retain);
        let limits = pool(&options.pool, Some(&options.sagas));
        let alerts = AlertOptions::of(options.alerts);
        let services = Failure::both(databases, coordinator);
        let others = Failure::both(limits, alerts);
        let ((databases, coordinator), (pool, alerts)) = Failure::both(services, others)?;
        let config = AllInOneConfig {
            article_db: databases.article,
            user_db: databases.user,
            coordinator_db: databases.coordinator,
            pool,
            coordinator,
        };
        let services = Services::All {
            config: Box::new(config),
            folder: databases.folder,
        };
        let mut process = Self::of_parts(
            options.listen,
            options.admin,
            options.security,
            options.traces,
            services,
        );
        process.ticket_key_file = options.events.ticket_key_file;
        process.alerts = alerts;
        Ok(process)
    }

    fn one(service: OneService) -> Result<Self, Failure> {
        match service {
            OneService::Article(options) => {
                let database = database_url("--article-db", &options.article_db);
                let (database, pool) = Failure::both(database, pool(&options.pool, None))?;
                let services = of_service(Role::Article, database, pool);
                Ok(Self::of_parts(
                    options.listen,
                    options.admin,
                    options.security,
                    options.traces,
                    services,
                ))
            }
            OneService::User(options) => {
                let database = database_url("--user-db", &options.user_db);
                let (database, pool) = Failure::both(database, pool(&options.pool, None))?;
                let services = of_service(Role::User, database, pool);
                Ok(Self::of_parts(
                    options.listen,
                    options.admin,
                    options.security,
                    options.traces,
                    services,
                ))
            }
            OneService::Coordinator(options) => Self::coordinator(*options),
        }
    }

    fn coordinator(options: CoordinatorOptions) -> Result<Self, Failure> {
        let config = Failure::both(coordinator(&options.sagas), lease(options.lease));
        let config = config.map(|(config, lease)| CoordinatorConfig { lease, ..config });
        let config = retained(config, &options.retain);
        let database = database_url("--coordinator-db", &options.coordinator_db);
        let limits = pool(&options.pool, Some(&options.sagas));
        let alerts = AlertOptions::of(options.alerts);
        let service = Failure::both(config, database);
        let others = Failure::both(limits, alerts);
        let ((config, database), (pool, alerts)) = Failure::both(service, others)?;
        let role = Role::Coordinator(Box::new(CoordinatorRole {
            article: options.article_url,
            user: options.user_url,
            config,
        }));
        let services = of_service(role, database, pool);
        let mut process = Self::of_parts(
            options.listen,
            options.admin,
            options.security,
            options.traces,
            services,
        );
        process.ticket_key_file = options.events.ticket_key_file;
        process.alerts = alerts;
        Ok(process)
    }

    /// What every process has.
    fn of_parts(
        listen: Listen,
        its_admin: Admin,
        security: Security,
        traces: TraceOptions,
        services: Services,
    ) -> Self {
        Self {
            listen: listen.listen,
            threads: listen.threads,
            cors: listen.cors_origin,
            admin: admin(its_admin),
            security,
            ticket_key_file: None,
            alerts: None,
            stop_delay: Duration::ZERO,
            no_migrate: false,
            traces,
            services,
        }
    }
}

fn of_service(role: Role, database: DatabaseUrl, pool: PoolConfig) -> Services {
    Services::One(ServiceConfig {
        role,
        database,
        pool,
    })
}

/// The configuration of a coordinator with its retention, which depends on its other limits.
fn retained(
    config: Result<CoordinatorConfig, Failure>,
    retain: &Retain,
) -> Result<CoordinatorConfig, Failure> {
    let mut config = config?;
    config.retention = retention(retain, &config)?;
    Ok(config)
}

fn stop_delay(options: &Listen) -> Result<Duration, Failure> {
    let delay = options.stop_delay.map_or(Duration::ZERO, |delay| delay.0);
    match delay <= STOP_DELAY_MAX {
        true => Ok(delay),
        false => Err(Failure::Configuration(
            "--stop-delay must be at most 1m: service managers kill a process that takes long to stop".to_owned(),
        )),
    }
}

/// The options require each other.
fn admin(options: Admin) -> Option<AdminConfig> {
    let (listen, token_file) = (options.admin_listen?, options.admin_token_file?);
    Some(AdminConfig { listen, token_file })
}

/// The limits of the connections. A request to a coordinator may have to wait for a connection, and then for its statement.
fn pool(options: &Pool, sagas: Option<&Sagas>) -> Result<PoolConfig, Failure> {
    let of_lock = check_order(
        ("--lock-timeout", options.lock_timeout),
        ("--statement-timeout", options.statement_timeout),
        "a statement that waits for a lock would end before it reports the lock",
    );
    let of_request = sagas.map_or(Ok(()), |sagas| check_waits(options, sagas));
    Failure::all([of_lock, of_request])?;
    Ok(PoolConfig {
        connections_max: options.pool_size,
        acquire_timeout: options.acquire_timeout.0,
        statement_timeout: options.statement_timeout.0,
        lock_timeout: options.lock_timeout.0,
    })
}

fn check_waits(pool: &Pool, sagas: &Sagas) -> Result<(), Failure> {
    let (acquire, statement) = (pool.acquire_timeout, pool.statement_timeout);
    if acquire.0 + statement.0 <= sagas.answer_timeout.0 {
        return Ok(());
    }
    Err(Failure::Configuration(format!(
        "--acquire-timeout ({acquire}) and --statement-timeout ({statement}) together must not be longer than --answer-timeout ({}): \
         a request that waits for a connection could not be answered in time\nMake one of the first two shorter, or the last longer.",
        sagas.answer_timeout
    )))
}

#[cfg(test)]
mod tests;
