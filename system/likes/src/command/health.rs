//! `likewise health`: asks a process whether it lives or is ready. For the health check of a container.

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    process::ExitCode,
};

use axum::{
    body::Bytes,
    http::{Request, StatusCode, Uri},
};
use clap::Args;
use likewise::bounds::HEALTH;
use likewise_cli::address_to_listen;
use likewise_saga::{
    bound::within,
    env::{join_uri, real},
    http::{LIVE_PATH, READY_PATH},
};

use super::{Failure, run_to_end, runtime};

pub(super) const HEALTH_EXAMPLES: &str = "\
Examples:
  likewise health                          does the process at LIKEWISE_LISTEN or 127.0.0.1:8080 live?
  likewise health --ready --listen :9000   can the process at port 9000 of this machine do its work?

Exit codes: 0 yes, 1 no, with the reason on standard error; 2 invalid usage.";

/// `likewise health`
#[derive(Args)]
pub(crate) struct HealthOptions {
    /// Address at which the process listens, as it was given to `likewise serve`
    #[arg(long, value_name = "ADDRESS:PORT", value_parser = address_to_listen, env = "LIKEWISE_LISTEN",
          default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
    /// Ask whether it is ready: whether its database answers, and who leads
    #[arg(long)]
    ready: bool,
}

/// Asks once.
///
/// # Errors
/// [`Failure`]: the process cannot run.
pub(super) fn run(options: &HealthOptions) -> Result<ExitCode, Failure> {
    let runtime = runtime(Some(1))
        .map_err(|error| Failure::Internal(format!("cannot start the runtime: {error}")))?;
    match run_to_end(runtime, ask(options))? {
        Ok(()) => Ok(ExitCode::SUCCESS),
        Err(reason) => {
            eprintln!("{reason}");
            Ok(ExitCode::FAILURE)
        }
    }
}

async fn ask(options: &HealthOptions) -> Result<Result<(), String>, Failure> {
    let path = if options.ready { READY_PATH } else { LIVE_PATH };
    let address = reachable(options.listen);
    Ok(match Uri::try_from(format!("http://{address}")) {
        Ok(base) => answer(&base, path).await,
        Err(error) => Err(error.to_string()),
    })
}

async fn answer(base: &Uri, path: &str) -> Result<(), String> {
    let uri = join_uri(base, path).map_err(|error| error.to_string())?;
    let request = Request::get(uri).body(Bytes::new());
    let request = request.map_err(|error| error.to_string())?;
    let exchanged = within(HEALTH, real::env().http_client.exchange(request)).await;
    let exchanged = exchanged.map_err(|overdue| overdue.to_string())?;
    let response = exchanged.map_err(|error| format!("{base}: {error}"))?;
    match response.status() {
        StatusCode::OK => Ok(()),
        status => Err(format!(
            "{status}: {}",
            String::from_utf8_lossy(response.body())
        )),
    }
}

/// The address at which a listener of all addresses is reached from the same machine.
fn reachable(listen: SocketAddr) -> SocketAddr {
    match listen.ip() {
        ip if !ip.is_unspecified() => listen,
        IpAddr::V4(_) => SocketAddr::from((Ipv4Addr::LOCALHOST, listen.port())),
        IpAddr::V6(_) => SocketAddr::from((Ipv6Addr::LOCALHOST, listen.port())),
    }
}
