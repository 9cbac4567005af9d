//! The HTTP interface from outside: real sockets, all three services in this process, both engines.

#[path = "../common/mod.rs"]
mod common;

mod alerts;
mod arrival;
mod audit;
mod bad_input;
mod connection_limit;
mod conventions;
mod events;
mod events_bad_input;
mod events_bounds;
mod exhausted;
mod fault_injection;
mod faulty_log;
mod health;
mod http_errors;
mod key_scopes;
mod keys;
mod likes;
mod live_replies;
mod locks;
mod metrics;
mod metrics_files;
mod metrics_retention;
mod operators;
mod overload;
mod raw_server;
mod recovery;
mod refusals;
mod refused_entries;
mod retention;
mod server;
mod shutdown;
mod tail;
mod traces;
mod transactions;
mod truth;
mod unconfirmed_appends;
mod unlikes;
mod unreadable_rows;
mod webhook;
