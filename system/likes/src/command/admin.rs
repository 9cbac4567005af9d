//! The admin listener of a process: its tokens are read and its address is taken before anything else is touched.

use std::{
    fs::File,
    io::{self, Read},
    net::SocketAddr,
    path::Path,
    sync::Arc,
};

use axum::{Router, response::Html, routing::get};
use likewise::{bounds::TOKEN_FILE, http::problems_as_html};
use likewise_saga::{
    admin::{AdminRoutes, AdminTokens, Console, Role, TokenFileError},
    env::{Clock, Env, real},
    http::{self, Edge, HttpMetrics, Limits, PROBLEM_PAGE},
    metrics::{self, MetricSource, Metrics, ProcessInfo},
};
use tokio::net::TcpListener;

use super::{Failure, on_disk::on_disk, process_config::AdminConfig};

/// A few operators, dashboards and scrapers. Few enough to leave the open files to clients.
const CONNECTIONS_MAX: usize = 64;
/// The largest token file, in bytes.
const TOKEN_FILE_BYTES_MAX: u64 = 1024 * 1024;

/// What the services give to the admin listener.
pub(super) struct ForOperators {
    /// What they count.
    pub(super) sources: Vec<Arc<dyn MetricSource>>,
    /// Their routes, each with the role that it needs.
    pub(super) routes: Vec<(Role, Router)>,
    /// The pages of the coordinator.
    pub(super) console: Option<Console>,
}

/// The admin listener of a process.
pub(super) struct AdminListener {
    tcp: TcpListener,
    tokens: AdminTokens,
    clock: Arc<dyn Clock>,
    /// Where the random stream of the edge begins.
    seed: u64,
}

impl AdminListener {
    /// Reads the token file and takes the address. `None` if no admin listener is configured.
    ///
    /// # Errors
    /// [`Failure::Configuration`]: what is wrong with the file, or with the address.
    pub(super) async fn open(
        config: Option<AdminConfig>,
        env: &Env,
    ) -> Result<Option<Self>, Failure> {
        let Some(AdminConfig { listen, token_file }) = config else {
            return Ok(None);
        };
        let place = format!("--admin-token-file {}", token_file.display());
        let read = move || tokens(&token_file);
        let tokens = on_disk(TOKEN_FILE, &*env.store, place, read).await?;
        let (tcp, address) = bind(listen).await?;
        tracing::info!("administration on http://{address}");
        Ok(Some(Self {
            tcp,
            tokens,
            clock: Arc::clone(&env.clock),
            seed: env.random(),
        }))
    }

    /// Serves until `stop` completes, within the same bounds as the public listener. Without a listener it ends at
    /// once.
    pub(super) async fn serve(
        admin: Option<Self>,
        for_operators: ForOperators,
        stop: impl Future<Output = ()>,
    ) -> io::Result<()> {
        let Some(admin) = admin else {
            return Ok(());
        };
        let ForOperators {
            mut sources,
            routes: operations,
            console,
        } = for_operators;
        let limits = Limits {
            connections_max: CONNECTIONS_MAX,
            ..Limits::default()
        };
        let http = HttpMetrics::new("admin");
        let process = ProcessInfo::new(env!("CARGO_PKG_VERSION"), &*admin.clock);
        sources.push(Arc::clone(&http) as _);
        sources.push(Arc::new(process));
        let metrics = metrics::routes(Metrics::of(sources));
        let routes = AdminRoutes::new(admin.tokens)
            .with(Role::Read, metrics)
            .with(Role::Read, read_routes());
        let routes = operations
            .into_iter()
            .fold(routes, |routes, (role, more)| routes.with(role, more));
        let routes = console
            .iter()
            .fold(routes, AdminRoutes::with_console)
            .routes(&http);
        let edge = Edge::new(routes, admin.clock, admin.seed, None);
        let listener = real::with_nodelay(admin.tcp);
        http::serve_measured(limits, &http, listener, edge, stop).await
    }
}

/// The routes for those who may look.
fn read_routes() -> Router {
    let problems = get(|| async { Html(problems_as_html()) });
    Router::new().route(PROBLEM_PAGE, problems)
}

async fn bind(address: SocketAddr) -> Result<(TcpListener, SocketAddr), Failure> {
    let failed = |error: io::Error| {
        Failure::Configuration(format!(
            "cannot listen on {address}: {error}\nChoose another address with --admin-listen (port 0 takes a free one)."
        ))
    };
    let tcp = real::listen(address).await.map_err(failed)?;
    let address = tcp.local_addr().map_err(failed)?;
    Ok((tcp, address))
}

fn tokens(file: &Path) -> Result<AdminTokens, Failure> {
    let place = file.display();
    let refused =
        |why: String| Failure::Configuration(format!("--admin-token-file {place}: {why}"));
    let text = read(file).map_err(|error| refused(error.to_string()))?;
    let tokens = text.parse();
    tokens.map_err(|error: TokenFileError| refused(error.to_string()))
}

/// The text of the file. A larger one is not a token file.
fn read(file: &Path) -> io::Result<String> {
    let mut text = String::new();
    let opened = File::open(file)?;
    opened
        .take(TOKEN_FILE_BYTES_MAX + 1)
        .read_to_string(&mut text)?;
    match text.len() as u64 > TOKEN_FILE_BYTES_MAX {
        true => Err(io::Error::other("it is larger than 1 MiB")),
        false => Ok(text),
    }
}
