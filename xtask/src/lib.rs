//! The temporary PostgreSQL of the chores, for the load generator too: it must exist once.
//!
//! Where to read next: `postgres.rs` is the server; `main.rs` is the command line of the chores.

mod account;
pub mod browser;
mod cluster;
mod guard;
pub mod installation;
pub mod postgres;
mod remedy;
