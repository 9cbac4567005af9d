//! HTTP, the same for all three services: serving, reading requests, telling problems.

mod extract;
mod lookups;
mod problem;
mod serve;
mod steps;

pub(crate) use extract::{
    Body, IdempotencyKey, NoBody, PageQuery, PathText, RawBody, XUserId, positive,
};
pub(crate) use lookups::{Answers, Inside as InsideLookups, routes as lookup_routes};
pub use problem::Problem;
pub(crate) use serve::finish;
pub use serve::serve;
pub(crate) use steps::{StepsLane, lane as steps_lane, routes as step_routes};

/// The largest body a client may send, in bytes.
pub const CLIENT_BODY_BYTES_MAX: usize = 64 * 1024;
/// The largest batch of steps, in bytes.
pub const STEPS_BODY_BYTES_MAX: usize = 4 * 1024 * 1024;
