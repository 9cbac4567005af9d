//! HTTP for all services: the accept loop (`serve.rs`), reading requests (`extract.rs`, `object.rs`) and problem details
//! (`problem.rs`).

mod extract;
mod object;
mod problem;
mod serve;

pub use extract::{Body, IdempotencyKey, NoBody, PageQuery, PathText, RawBody, header, positive};
pub use object::Object;
pub use problem::Problem;
pub use serve::{Routes, serve, with_fallbacks};

/// The largest request body of a client, in bytes.
pub const CLIENT_BODY_BYTES_MAX: usize = 64 * 1024;
/// The largest request body with a batch of steps or lookups, in bytes.
pub const STEPS_BODY_BYTES_MAX: usize = 4 * 1024 * 1024;
