//! The wiring of a service: database, barrier, effects, routes.
//!
//! The wiring exists once. The binary and the simulator call the same [`open`] and the same
//! [`serve`](likewise_saga::http::serve); they differ only in the [`Env`](likewise_saga::env::Env) that they
//! pass.
//!
//! Files: `open.rs` (the wiring), `parts.rs` (the replaceable parts), `opened.rs` (what `open` returns),
//! `health.rs` (`/livez` and `/readyz`).

mod health;
mod open;
mod opened;
mod parts;

pub use health::{Fields, ReadinessCheck};
pub use open::open;
pub(crate) use open::{open_article, open_coordinator, open_user};
pub use opened::{Close, Service, TakenOver, listener};
pub use parts::Parts;
