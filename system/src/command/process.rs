//! A running process: listens, opens its services, serves them, and stops when asked.
//!
//! ```text
//!            clients                     loopback
//!  ──► public listener: all routes ──► article listener
//!        (coordinator inside)      └─► user listener
//! ```

use std::{fs, future::pending, io, net::SocketAddr, path::Path};

use axum::{Router, http::Uri, serve::ListenerExt};
use likewise::{
    config::{Role, ServiceConfig},
    edges::{Edges, real},
    http,
    service::{self, Parts, listener},
};
use tokio::{net::TcpListener, task::JoinHandle};

use super::{
    Failure,
    plan::{AllServices, Plan, Services},
    signals::StopSignals,
};

/// Where the services of one process hear each other.
const LOOPBACK: SocketAddr =
    SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 0);

/// Runs until a signal asks to stop; open requests are answered before.
///
/// # Errors
/// [`Failure`].
pub(crate) async fn run(plan: Plan) -> Result<(), Failure> {
    let signals = StopSignals::catch().map_err(|error| internal("cannot catch signals", &error))?;
    // Before any database: whoever starts the same thing twice by mistake must not take the
    // sagas away from the process that is there already.
    let (public, address) = listen(plan.listen).await?;
    let edges = real::edges();
    match plan.services {
        Services::All(all) => run_all(*all, public, address, edges, signals).await,
        Services::One(config) => run_one(config, public, address, edges, signals).await,
    }
}

async fn run_one(
    config: ServiceConfig,
    public: TcpListener,
    address: SocketAddr,
    edges: Edges,
    signals: StopSignals,
) -> Result<(), Failure> {
    let service = service::open(&config, edges, &Parts::default()).await?;
    let name = match config.role {
        Role::Article => "article service",
        Role::User => "user service",
        Role::Coordinator(_) => "coordinator",
    };
    tracing::info!(
        "{name} listening on http://{address}, data in {}",
        config.database
    );
    serve(public, service.routes(), stop(signals)).await
}

async fn run_all(
    all: AllServices,
    public: TcpListener,
    address: SocketAddr,
    edges: Edges,
    signals: StopSignals,
) -> Result<(), Failure> {
    let data = match &all.folder {
        Some(folder) => make_folder(folder)?,
        None => format!(
            "{}, {} and {}",
            all.article.database, all.user.database, all.coordinator_db
        ),
    };
    let parts = Parts::default();
    let article = service::open(&all.article, edges.clone(), &parts).await?;
    let user = service::open(&all.user, edges.clone(), &parts).await?;
    let mut routes = article.public.clone().merge(user.public.clone());
    let mut ready = vec![article.ready.clone(), user.ready.clone()];
    let (article_url, _article) = serve_inside(article.routes()).await?;
    let (user_url, _user) = serve_inside(user.routes()).await?;
    let mut coordinator = all.coordinator;
    (coordinator.article, coordinator.user) = (article_url, user_url);
    let config = ServiceConfig {
        role: Role::Coordinator(Box::new(coordinator)),
        database: all.coordinator_db,
        pool: all.pool,
    };
    let coordinator = service::open(&config, edges, &parts).await?;
    routes = routes.merge(coordinator.public);
    ready.push(coordinator.ready);
    tracing::info!("listening on http://{address}, data in {data}");
    serve(public, listener(routes, ready), stop(signals)).await
}

/// Serves a service to the others of this process. The open sagas need it to the very end.
async fn serve_inside(routes: Router) -> Result<(Uri, JoinHandle<Result<(), Failure>>), Failure> {
    let (inside, address) = listen(LOOPBACK).await?;
    let url = Uri::builder()
        .scheme("http")
        .authority(address.to_string())
        .path_and_query("/")
        .build()
        .map_err(|error| Failure::Internal(error.to_string()))?;
    Ok((url, tokio::spawn(serve(inside, routes, pending()))))
}

async fn serve(
    public: TcpListener,
    routes: Router,
    stop: impl Future<Output = ()>,
) -> Result<(), Failure> {
    let undelayed = public.tap_io(|connection| {
        // Small replies must not wait for the client's acknowledgement of the last one.
        if let Err(error) = connection.set_nodelay(true) {
            tracing::debug!(%error, "a connection kept its delay");
        }
    });
    http::serve(undelayed, routes, stop)
        .await
        .map_err(|error| internal("cannot go on serving", &error))
}

async fn stop(mut signals: StopSignals) {
    let signal = signals.next().await;
    tracing::info!("{signal}: stopping; open sagas go on after the next start");
    // A second one must work even if the first gets stuck.
    tokio::spawn(async move {
        let signal = signals.next().await;
        tracing::warn!("{signal} again: stopping at once");
        std::process::exit(0);
    });
}

async fn listen(address: SocketAddr) -> Result<(TcpListener, SocketAddr), Failure> {
    let wrong = |error: io::Error| {
        Failure::Configuration(format!(
            "cannot listen on {address}: {error}\nChoose another address with --listen (port 0 takes a free one)."
        ))
    };
    let listener = real::listen(address).await.map_err(wrong)?;
    let address = listener.local_addr().map_err(wrong)?;
    Ok((listener, address))
}

/// Makes the folder of the SQLite files and returns its full path, for the log.
fn make_folder(folder: &Path) -> Result<String, Failure> {
    let made = fs::create_dir_all(folder).and_then(|()| folder.canonicalize());
    made.map(|full| full.display().to_string())
        .map_err(|error| {
            Failure::Configuration(format!(
                "cannot make the data folder {}: {error}\nChoose another with --data.",
                folder.display()
            ))
        })
}

fn internal(what: &str, error: &io::Error) -> Failure {
    Failure::Internal(format!("{what}: {error}"))
}
