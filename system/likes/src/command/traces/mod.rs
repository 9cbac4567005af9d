//! The traces of a process: a tracer that is off, or one whose spans go to a collector of OpenTelemetry.
//!
//! ```text
//!  span ends ──► bounded queue ──► batches ──► POST /v1/traces (OTLP, protobuf over HTTP)
//! ```
//!
//! The exporter is behind the feature `otlp`. It uses the published messages of OTLP and our own HTTP client, and not the SDK of
//! OpenTelemetry: the SDK has a thread and global state, and makes ids that only its own spans know. Ours are made
//! by the kit, so the log, the batches and the collector name a span alike.
//!
//! Files: `exporter.rs` (the queue and its task), `message.rs` (spans as messages of OTLP).

#[cfg(feature = "otlp")]
mod exporter;
#[cfg(feature = "otlp")]
mod message;

use axum::http::Uri;
use clap::Args;
use likewise_saga::{env::Env, trace::Tracer};

use super::{Failure, options::base_url};

/// Where the traces of a process go.
#[derive(Args, Debug, Clone)]
#[command(next_help_heading = "Traces")]
pub(crate) struct TraceOptions {
    /// Base URL of a collector of OpenTelemetry, http://HOST:PORT, which gets the spans of this process (OTLP over HTTP).
    /// Needs a binary with the feature otlp [default: none]
    #[arg(long, value_name = "URL", env = "LIKEWISE_OTLP_ENDPOINT", value_parser = base_url)]
    otlp_endpoint: Option<Uri>,
    /// The part of the traces beginning here that is recorded, from 0 to 1. A request with a traceparent says itself
    /// whether its trace is
    #[arg(long, value_name = "SHARE", env = "LIKEWISE_TRACE_SHARE", default_value = "1",
          value_parser = share)]
    trace_share: f64,
}

/// Parses a share.
///
/// # Errors
/// It is no number from 0 to 1.
fn share(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(share) if (0.0..=1.0).contains(&share) => Ok(share),
        _ => Err("give a number from 0 to 1".to_owned()),
    }
}

impl TraceOptions {
    /// Checks that this binary can do what the options ask for.
    ///
    /// # Errors
    /// [`Failure::Configuration`]: it was built without the exporter.
    pub(super) fn check(&self) -> Result<(), Failure> {
        if self.otlp_endpoint.is_none() || cfg!(feature = "otlp") {
            return Ok(());
        }
        Err(Failure::Configuration(
            "--otlp-endpoint: this binary was built without the feature otlp\nBuild it with --features otlp, or leave the option out.".to_owned(),
        ))
    }

    /// Starts the traces of a process. `service` is its name, as the collector shows it.
    #[cfg(feature = "otlp")]
    pub(super) fn start(&self, env: &Env, service: &str) -> Traces {
        let Some(endpoint) = &self.otlp_endpoint else {
            return Traces(None);
        };
        Traces(Some(exporter::Exporter::start(
            endpoint,
            self.trace_share,
            env,
            service,
        )))
    }

    /// Starts nothing: this binary has no exporter.
    #[cfg(not(feature = "otlp"))]
    pub(super) fn start(&self, _: &Env, _: &str) -> Traces {
        let _ = self.trace_share;
        Traces()
    }
}

/// The traces of a process.
#[cfg(feature = "otlp")]
pub(super) struct Traces(Option<exporter::Exporter>);

/// The traces of a process that has no exporter.
#[cfg(not(feature = "otlp"))]
pub(super) struct Traces();

#[cfg(feature = "otlp")]
impl Traces {
    pub(super) fn tracer(&self) -> Tracer {
        let exporter = self.0.as_ref();
        exporter.map_or_else(Tracer::off, exporter::Exporter::tracer)
    }

    /// Sends what is left, within a bound. Call it last.
    pub(super) async fn close(self) {
        if let Some(exporter) = self.0 {
            exporter.close().await;
        }
    }
}

#[cfg(not(feature = "otlp"))]
impl Traces {
    pub(super) fn tracer(&self) -> Tracer {
        Tracer::off()
    }

    /// There is nothing to send.
    pub(super) async fn close(self) {}
}
