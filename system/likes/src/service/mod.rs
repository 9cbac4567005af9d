//! The wiring of the three services: database, barrier, effects, routes.
//!
//! The wiring exists once. The binary and the simulator call the same [`open`] and the same
//! [`serve`](likewise_saga::http::serve); they differ only in the [`Env`](likewise_saga::env::Env) that they
//! pass.
//!
//! Files: `open.rs` (the wiring), `parts.rs` (the replaceable parts). What the services of any saga have in common is in
//! [`likewise_saga::service`].

mod open;
mod parts;

pub use likewise_saga::service::{
    Close, Fields, ReadinessCheck, Service, TakenOver, behind, listener, listener_measured,
};
pub use open::open;
pub(crate) use open::{open_article, open_coordinator, open_user};
pub use parts::Parts;
