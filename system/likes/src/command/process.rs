//! A running process: listens, opens its services, serves them, and stops when asked.

use std::{fs, io, net::SocketAddr, path::Path};

use axum::Router;
use likewise::{
    all_in_one::{AllInOne, AllInOneConfig},
    article,
    config::{Role, ServiceConfig},
    service::{self, Parts},
    user,
};
use likewise_saga::{
    env::{Env, real},
    http, log,
    store::{self, Schema},
};
use tokio::net::TcpListener;

use super::{
    Failure,
    plan::{Plan, Services},
    signals::StopSignals,
};

/// Runs until a signal asks to stop; open requests are answered before.
///
/// # Errors
/// [`Failure`].
pub(crate) async fn run(plan: Plan) -> Result<(), Failure> {
    let signals = StopSignals::catch().map_err(|error| internal("cannot catch signals", &error))?;
    // Before any database: whoever starts the same thing twice by mistake must not take the
    // sagas away from the process that is there already.
    let (public, address) = listen(plan.listen).await?;
    let env = real::env();
    match plan.services {
        Services::All { config, folder } => {
            run_all(*config, folder.as_deref(), public, address, env, signals).await
        }
        Services::One(config) => run_one(config, public, address, env, signals).await,
    }
}

async fn run_one(
    config: ServiceConfig,
    public: TcpListener,
    address: SocketAddr,
    env: Env,
    signals: StopSignals,
) -> Result<(), Failure> {
    store::inspect(&config.database, schema(&config.role)).await?;
    let service = service::open(&config, env, &Parts::default()).await?;
    let name = match config.role {
        Role::Article => "article service",
        Role::User => "user service",
        Role::Coordinator(_) => "coordinator",
    };
    tracing::info!(
        "{name} listening on http://{address}, data in {}",
        config.database
    );
    let close = service.close.clone();
    serve(public, service.routes(), stop(signals)).await?;
    close().await;
    Ok(())
}

async fn run_all(
    config: AllInOneConfig,
    folder: Option<&Path>,
    public: TcpListener,
    address: SocketAddr,
    env: Env,
    signals: StopSignals,
) -> Result<(), Failure> {
    let data = match folder {
        Some(folder) => make_folder(folder)?,
        None => format!(
            "{}, {} and {}",
            config.article_db, config.user_db, config.coordinator_db
        ),
    };
    // All of them, before the first is opened.
    store::inspect(&config.article_db, article::ARTICLE_SCHEMA).await?;
    store::inspect(&config.user_db, user::USER_SCHEMA).await?;
    store::inspect(&config.coordinator_db, log::SAGA_LOG_SCHEMA).await?;
    let all = AllInOne::open(config, env, &Parts::default()).await?;
    tracing::info!("listening on http://{address}, data in {data}");
    serve(public, all.routes(), stop(signals)).await?;
    all.close().await;
    Ok(())
}

async fn serve(
    public: TcpListener,
    routes: Router,
    stop: impl Future<Output = ()>,
) -> Result<(), Failure> {
    http::serve(real::with_no_delay(public), routes, stop)
        .await
        .map_err(|error| internal("cannot go on serving", &error))
}

fn schema(role: &Role) -> Schema {
    match role {
        Role::Article => article::ARTICLE_SCHEMA,
        Role::User => user::USER_SCHEMA,
        Role::Coordinator(_) => log::SAGA_LOG_SCHEMA,
    }
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
