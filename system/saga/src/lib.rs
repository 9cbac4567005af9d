//! The saga kit: everything a service needs to take part in sagas, and everything a coordinator needs to drive them.
//!
//! ```text
//!  executor ──► protocol (pure rules)          one task a saga
//!     │   └───► participant clients ──► barrier + effect, in each service's own transaction
//!     ▼
//!  saga log ◄── lease                          durable, fenced by an epoch
//! ```
//!
//! The kit knows no particular saga. A product defines its steps ([`protocol::Definition`]), its effects
//! ([`participant::Effect`]) and its requests ([`coordinator::SagaRequest`]). [`service`] opens its services.
//!
//! Where to read next: [`protocol::decide`] is the coordinator's half of the protocol as a pure function;
//! [`likewise_barrier::judge`] is the services' half. [`mod@env`] lists everything that comes from the outside world.

pub mod admin;
pub mod alerts;
pub mod batcher;
pub mod bound;
pub mod coordinator;
pub mod env;
pub mod executor;
pub mod http;
pub mod id;
pub mod lease;
pub mod log;
pub mod metrics;
pub mod participant;
pub use likewise_protocol as protocol;
mod random_stream;
pub mod security;
pub mod service;
pub mod store;
pub mod time;
pub mod trace;
