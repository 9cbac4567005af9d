//! HTTP for all services: serving connections, reading requests and problem details.
//!
//! ```text
//!  serve ──► slots ──► connection ──► routes ──► fallbacks, extract, object ──► problem
//!  accept    limit     its bounds
//! ```
//!
//! Further files: `limits.rs` (the limits of a server), `progress.rs` (how far a connection is; `stream.rs` and
//! `arriving_body.rs` report to it), `closing.rs` (its end) and `bounds.rs` (the table of bounds).

mod arriving_body;
mod bounds;
mod closing;
mod connection;
mod extract;
mod fallbacks;
mod limits;
mod object;
mod problem;
mod progress;
mod serve;
mod slots;
mod stream;

pub use bounds::bounds;
pub use connection::Routes;
pub use extract::{Body, IdempotencyKey, NoBody, PageQuery, PathText, RawBody, header, positive};
pub use fallbacks::with_fallbacks;
pub use limits::Limits;
pub use object::Object;
pub use problem::Problem;
pub use serve::{serve, serve_within};
pub use slots::RESERVE_MAX;

/// The largest request body of a client, in bytes.
pub const CLIENT_BODY_BYTES_MAX: usize = 64 * 1024;
/// The largest request body with a batch of steps or lookups, in bytes.
pub const STEPS_BODY_BYTES_MAX: usize = 4 * 1024 * 1024;
/// Whether the process runs. Answered over the connection limit, too.
pub const LIVE_PATH: &str = "/livez";
/// Whether the process can do its work. Answered over the connection limit, too.
pub const READY_PATH: &str = "/readyz";
