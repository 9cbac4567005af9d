//! One like or unlike: from the request to the reply.
//!
//! ```text
//!  request ─► admission ─► request lock ─► key stored? ─► checks (404, 409) ─► saga row committed
//!                                                                                   │
//!          "completed" is logged with a later commit ◄─ reply ◄─ user record ◄─ article count
//! ```
//!
//! The reply is sent as soon as every step is done. A saga is committed exactly when all of its barrier
//! rows are done (*implicit commit*), so the "completed" entry in the log may follow later. After a crash
//! recovery repeats the steps, and the barrier repeats its replies.
//!
//! Files: `request.rs` and `outcome.rs` (types), `admission.rs` (limits and the request lock),
//! `execute.rs` (the flow), `routes.rs` and `response.rs` (HTTP).

mod admission;
mod execute;
mod outcome;
mod request;
mod response;
mod routes;

pub use request::{LikeAction, LikeRequest};
pub(super) use routes::routes;
