//! HTTP for all services: serving connections, reading requests and problem details.
//!
//! ```text
//!  serve ──► slots ──► connection ──► edge ──► routes ──► fallbacks, extract, object ──► problem
//!  accept    limit     its bounds     ids, CORS
//! ```
//!
//! Requests: `extract.rs`, `accept.rs`, `idempotency_key.rs` and `prefer.rs` read their parts. Answers: `conditional.rs` (304),
//! `problem.rs` and `problem_type.rs`. The edge (`edge.rs`, `cors.rs`, `observation.rs`) is what a real process adds.
//!
//! Further files: `limits.rs` (the limits of a server), `progress.rs` (how far a connection is; `stream.rs` and
//! `arriving_body.rs` report to it), `live_body.rs` (a reply that goes on), `closing.rs` (its end), `metrics/` (what a listener counts) and
//! `bounds.rs` (the table of bounds).

mod accept;
mod arriving_body;
mod bounds;
mod closing;
mod conditional;
mod connection;
mod cors;
mod edge;
mod extract;
mod fallbacks;
mod idempotency_key;
mod limits;
mod live_body;
pub(crate) mod metrics;
mod object;
mod observation;
mod prefer;
mod problem;
pub(crate) mod problem_type;
mod progress;
mod serve;
mod slots;
mod stopping;
mod stream;

pub use accept::accepts;
pub use bounds::bounds;
pub use conditional::IfNoneMatch;
pub use connection::Routes;
pub use cors::{CorsOrigins, NotAnOrigin};
pub use edge::{Edge, REQUEST_ID_BYTES_MAX};
pub use extract::{
    Body, NoBody, PAGE_LIMIT_DEFAULT, PAGE_LIMIT_MAX, PageQuery, PathText, QueryPairs, RawBody,
    header, positive,
};
pub(crate) use fallbacks::{fallbacks, measured};
pub use fallbacks::{with_fallbacks, with_fallbacks_measured};
pub use idempotency_key::{IDEMPOTENCY_KEY_BYTES_MAX, IdempotencyKey, mark_replayed};
pub use limits::Limits;
pub use live_body::live;
pub use metrics::HttpMetrics;
pub use object::Object;
pub use prefer::PreferWait;
pub use problem::Problem;
pub use problem_type::{PROBLEM_PAGE, PROBLEM_TYPES, ProblemType};
pub use serve::{serve, serve_measured, serve_within};
pub use slots::RESERVE_MAX;
pub use stopping::Stopping;

/// The largest request body of a client, in bytes.
pub const CLIENT_BODY_BYTES_MAX: usize = 64 * 1024;
/// The largest request body with a batch of steps or lookups, in bytes.
pub const STEPS_BODY_BYTES_MAX: usize = 4 * 1024 * 1024;
/// Whether the process runs. Answered over the connection limit, too.
pub const LIVE_PATH: &str = "/livez";
/// Whether the process can do its work. Answered over the connection limit, too.
pub const READY_PATH: &str = "/readyz";
