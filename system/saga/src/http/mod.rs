//! HTTP, the same for all services: serving, reading requests, problem details.

mod extract;
mod problem;
mod serve;

pub use extract::{Body, IdempotencyKey, NoBody, PageQuery, PathText, RawBody, header, positive};
pub use problem::Problem;
pub use serve::{Routes, finish, serve};

/// The largest body that a client may send, in bytes.
pub const CLIENT_BODY_BYTES_MAX: usize = 64 * 1024;
/// The largest batch of steps, in bytes.
pub const STEPS_BODY_BYTES_MAX: usize = 4 * 1024 * 1024;
