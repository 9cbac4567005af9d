//! One like or unlike: from the request to the reply.
//!
//! ```text
//!  request ─► LikeRequest ─► Coordinator::execute: key, checks (404, 409), saga ─► LikeOutcome ─► reply
//! ```
//!
//! Files: `request.rs` and `outcome.rs` (types), `execute.rs` (what the kit's coordinator asks of a like), `routes.rs` and
//! `response.rs` (HTTP).

mod execute;
mod outcome;
mod request;
mod response;
mod routes;

pub(crate) use execute::Likes;
pub use request::{LikeAction, LikeRequest};
pub(crate) use routes::routes;
