//! The admin listener: routes for operators, each with a token that has a name and a role.
//!
//! ```text
//!  token file ──► AdminTokens ─┐
//!                              ▼
//!  request ──► Authorization: Bearer ──► Operator { name, role } ──► the role of the route ──► handler
//!                              └─► 401                                     └─► 403
//! ```
//!
//! It is a listener of its own, so that a gateway cannot publish it by mistake. A product adds its routes with
//! [`AdminRoutes::with`] and serves them as it serves the others. A handler takes [`Operator`] to know who asks.
//!
//! A [`Console`] has its own door: a person types a token once, and a cookie follows.
//!
//! Files: `tokens.rs` (the token file), `operator.rs` (who asks), `routes.rs` (the checks in front of the routes), `console.rs`
//! (pages with their own door).

mod console;
mod operator;
mod routes;
mod tokens;

pub use console::Console;
pub use operator::{Operator, Role};
pub use routes::AdminRoutes;
pub use tokens::{AdminTokens, LineError, TOKEN_CHARS_MAX, TOKEN_CHARS_MIN, TokenFileError};
