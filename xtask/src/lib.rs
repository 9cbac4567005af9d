//! What the load generator shares with the chores, for it must exist once: the temporary PostgreSQL, and calling cargo.
//!
//! Where to read next: `postgres.rs` is the server; `main.rs` is the command line of the chores.

mod account;
pub mod browser;
pub mod cargo;
mod cluster;
mod guard;
pub mod installation;
pub mod postgres;
mod remedy;
