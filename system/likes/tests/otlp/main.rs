//! Traces of real processes at a collector of OpenTelemetry. Only a binary with the feature `otlp` sends any:
//!
//! ```text
//! cargo test --workspace --features likewise/otlp --test otlp
//! ```
#![cfg(feature = "otlp")]

#[path = "../common/mod.rs"]
mod common;
#[path = "../command/run.rs"]
#[allow(dead_code, reason = "the tests of the command line use the rest")]
mod run;
mod spans;
#[path = "../command/three_processes.rs"]
#[allow(dead_code, reason = "the tests of the command line use the rest")]
mod three_processes;
