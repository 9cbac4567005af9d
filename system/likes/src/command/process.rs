//! A running process: listens, opens its services, serves them, and stops on a signal.

use std::{
    fs, io,
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use axum::Router;
use futures::FutureExt;
use likewise::{
    all_in_one::{AllInOne, AllInOneConfig},
    article,
    bounds::DATA_FOLDER,
    config::{Role, ServiceConfig},
    service::{self, Parts},
    user,
};
use likewise_saga::{
    env::{Clock, Env, real},
    http::{self, CorsOrigins, Edge, HttpMetrics, Stopping},
    log,
    store::{self, StoreExecutor},
    trace::Tracer,
};
use tokio::{net::TcpListener, sync::oneshot};

use super::{
    Failure,
    admin::{AdminListener, ForOperators},
    api_docs, file_limit,
    log_lock::{LogLock, Sharing},
    on_disk::on_disk,
    process_config::{ProcessConfig, Services, schema_of},
    reload::Reloader,
    security::{self, Credentials},
    signals::{StopSignals, catch_hangup},
    stop::Stop,
    supervisor,
    ticket_key::ticket_key,
};

/// Of so many connections, one may be a stream of events.
const STREAMS_SHARE: usize = 4;

/// Runs until a signal asks the process to stop. Requests in progress are answered first.
///
/// # Errors
/// [`Failure`]: why the process could not start or could not go on.
pub(crate) async fn run(mut config: ProcessConfig, reloader: Reloader) -> Result<(), Failure> {
    let signals = StopSignals::catch().map_err(|error| internal("cannot catch signals", &error))?;
    // Before any database is opened: a second process that is started by mistake fails here, and does not take
    // over the saga log of the first.
    let env = real::env();
    let traces = config.traces.start(&env, name_in_traces(&config.services));
    let mut env = Env {
        tracer: traces.tracer(),
        ..env
    };
    let place = (
        config.listen.ip(),
        config.services.has_internal_routes(),
        config.admin.is_some(),
    );
    let credentials = security::open(config.security.clone(), place, &mut env).await?;
    let admin = AdminListener::open(config.admin.take(), &env).await?;
    let alerts = match config.alerts.take() {
        Some(alerts) => Some(alerts.open(&env).await?),
        None => None,
    };
    let mut listener = Listener::bind(config.listen, &env, config.cors.take(), admin).await?;
    listener.stop_delay = config.stop_delay;
    if let Some(coordinator) = config.services.coordinator() {
        let key = ticket_key(config.ticket_key_file.take(), &env).await?;
        coordinator.events.ticket_key = Some(key);
        coordinator.alerts = alerts;
        // Streams stay open. Most connections are for requests.
        let streams_max = &mut coordinator.events.streams_max;
        *streams_max = (*streams_max).min(listener.limits.connections_max / STREAMS_SHARE);
    }
    check_schemas(&config, &*env.store).await?;
    let hangups = catch_hangup().map_err(|error| internal("cannot catch signals", &error))?;
    // It ends with the process, and holds nothing that must be released.
    tokio::spawn(reloader.run(hangups, env.clone()));
    let ended = match config.services {
        Services::All { config, folder } => {
            run_all(*config, folder, listener, (env, &credentials), signals).await
        }
        Services::One(config) => run_one(config, listener, (env, &credentials), signals).await,
    };
    traces.close().await;
    ended
}

/// Checks that no migration is missing, if the process must not apply any. Changes nothing.
async fn check_schemas(config: &ProcessConfig, store: &dyn StoreExecutor) -> Result<(), Failure> {
    if config.no_migrate {
        for (url, schema) in config.services.databases() {
            let status = store::migration_status(url, schema, store).await?;
            status.check_complete(url)?;
        }
    }
    Ok(())
}

/// The name of the process, as a collector of traces shows it.
fn name_in_traces(services: &Services) -> &'static str {
    match services {
        Services::All { .. } => "likewise",
        Services::One(config) => match config.role {
            Role::Article => "likewise-article",
            Role::User => "likewise-user",
            Role::Coordinator(_) => "likewise-coordinator",
        },
    }
}

async fn run_one(
    config: ServiceConfig,
    listener: Listener,
    (env, credentials): (Env, &Credentials),
    signals: StopSignals,
) -> Result<(), Failure> {
    let _lock = lock(&config, &env).await?;
    store::inspect(&config.database, schema_of(&config.role), &*env.store).await?;
    let service = service::open(&config, env, &Parts::default()).await?;
    let name = match config.role {
        Role::Article => "article service",
        Role::User => "user service",
        Role::Coordinator(_) => "coordinator",
    };
    tracing::info!(
        "{name} listening on http://{}, data in {}",
        listener.address,
        config.database
    );
    let (close, taken_over) = (service.close.clone(), service.taken_over.clone());
    let stop = Stop::new(signals, taken_over());
    let for_operators = ForOperators {
        sources: service.metrics.clone(),
        routes: service.admin.clone(),
        console: service.console.clone(),
    };
    let service = service.behind(&credentials.identity, credentials.is_open);
    let service = service.with_routes(api_docs::routes());
    let routes = service.routes_measured(&listener.http);
    let ended = listener.serve(routes, for_operators, stop).await;
    close().await;
    ended
}

/// Locks the saga log of a coordinator. Other services may share their database with replicas.
async fn lock(config: &ServiceConfig, env: &Env) -> Result<Option<LogLock>, Failure> {
    let Role::Coordinator(coordinator) = &config.role else {
        return Ok(None);
    };
    let sharing = match coordinator.config.lease {
        None => Sharing::Alone,
        Some(_) => Sharing::WithOthers,
    };
    let cure = "Stop that process first, or give --advertise to both: then one coordinator leads and the other stands by.";
    LogLock::acquire(&*env.store, &config.database, sharing, cure).await
}

async fn run_all(
    config: AllInOneConfig,
    folder: Option<PathBuf>,
    listener: Listener,
    (env, credentials): (Env, &Credentials),
    signals: StopSignals,
) -> Result<(), Failure> {
    let data = match folder {
        Some(folder) => {
            let place = folder.display().to_string();
            on_disk(DATA_FOLDER, &*env.store, place, move || {
                create_folder(&folder)
            })
            .await?
        }
        None => format!(
            "{}, {} and {}",
            config.article_db, config.user_db, config.coordinator_db
        ),
    };
    let cure = "Stop that process first, or choose another folder with --data.";
    let log = &config.coordinator_db;
    let _lock = LogLock::acquire(&*env.store, log, Sharing::Alone, cure).await?;
    // Inspects all databases before it opens the first: if one is refused, none is changed.
    store::inspect(&config.article_db, article::ARTICLE_SCHEMA, &*env.store).await?;
    store::inspect(&config.user_db, user::USER_SCHEMA, &*env.store).await?;
    store::inspect(&config.coordinator_db, log::SAGA_LOG_SCHEMA, &*env.store).await?;
    let all = AllInOne::open(config, env, &Parts::default()).await?;
    let all = all.behind(&credentials.identity, credentials.is_open);
    tracing::info!("listening on http://{}, data in {data}", listener.address);
    let stop = Stop::new(signals, all.taken_over().boxed());
    let routes = all.routes_measured(api_docs::routes(), &listener.http);
    let for_operators = ForOperators {
        sources: all.metrics(),
        routes: all.admin(),
        console: all.console(),
    };
    let ended = listener.serve(routes, for_operators, stop).await;
    all.close().await;
    ended
}

/// The public listener, its address and its limits.
struct Listener {
    tcp: TcpListener,
    address: SocketAddr,
    limits: http::Limits,
    clock: Arc<dyn Clock>,
    /// Where the random stream of the edge begins.
    seed: u64,
    cors: Option<CorsOrigins>,
    admin: Option<AdminListener>,
    http: Arc<HttpMetrics>,
    tracer: Tracer,
    /// How long it goes on serving after a signal.
    stop_delay: Duration,
}

impl Listener {
    async fn bind(
        address: SocketAddr,
        env: &Env,
        cors: Option<CorsOrigins>,
        admin: Option<AdminListener>,
    ) -> Result<Self, Failure> {
        let failed = |error: io::Error| {
            Failure::Configuration(format!(
                "cannot listen on {address}: {error}\nChoose another address with --listen (port 0 takes a free one)."
            ))
        };
        let tcp = real::listen(address).await.map_err(failed)?;
        // Differs from the configured address if that has port 0.
        let address = tcp.local_addr().map_err(failed)?;
        let limits = file_limit::raise();
        Ok(Self {
            tcp,
            address,
            limits,
            clock: Arc::clone(&env.clock),
            seed: env.random(),
            cors,
            admin,
            http: HttpMetrics::new("public"),
            tracer: env.tracer.clone(),
            stop_delay: Duration::ZERO,
        })
    }

    /// Serves until a signal arrives, or until another process has replaced this one.
    async fn serve(
        self,
        routes: Router,
        mut for_operators: ForOperators,
        stop: Stop<'_>,
    ) -> Result<(), Failure> {
        let mut reason = Ok(());
        let is_stopping = Stopping::default();
        let _pulse = supervisor::ready(&self.address.to_string());
        // Both listeners stop at the same moment, and each within its bound.
        let (stopping, stopped) = oneshot::channel::<()>();
        let stop = async {
            reason = stop.wait(&is_stopping, self.stop_delay).await;
            drop(stopping);
        };
        let listener = real::with_nodelay(self.tcp);
        let edge = Edge::new(routes, self.clock, self.seed, self.cors.as_ref());
        let edge = edge.traced(self.tracer).not_ready_once(is_stopping.clone());
        for_operators.sources.push(Arc::clone(&self.http) as _);
        let admin = AdminListener::serve(self.admin, for_operators, async {
            let _ = stopped.await;
        });
        let public = http::serve_measured(self.limits, &self.http, listener, edge, stop);
        let (public, admin) = tokio::join!(public, admin);
        public
            .and(admin)
            .map_err(|error| internal("cannot go on serving", &error))?;
        reason
    }
}

/// Creates the folder of the SQLite files. Returns its full path, for the log.
pub(super) fn create_folder(folder: &Path) -> Result<String, Failure> {
    let created = fs::create_dir_all(folder).and_then(|()| folder.canonicalize());
    created
        .map(|full| full.display().to_string())
        .map_err(|error| {
            Failure::Configuration(format!(
                "cannot create the data folder {}: {error}\nChoose another with --data.",
                folder.display()
            ))
        })
}

fn internal(what: &str, error: &io::Error) -> Failure {
    Failure::Internal(format!("{what}: {error}"))
}
