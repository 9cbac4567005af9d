//! What the tests and benches of Likewise need from the machine: a temporary PostgreSQL server and missing programs.
//!
//! ```text
//! xtask, benches/load ──► TemporaryPostgres ──► Cluster ──► initdb, pg_ctl, postgres
//!                              │                   └─► ProcessCleanup stops the server, however the caller ends
//!                              └─► Installation ──► Installer (apt-get, dnf, pacman, apk, brew)
//! ```
//!
//! The crate knows nothing about Likewise. Tests find the server through its URL in `LIKEWISE_TEST_POSTGRES`, so a developer can
//! point them at another server.
//!
//! Where to read next: `temporary_postgres.rs` is the server; `installer.rs` installs what is missing.

pub mod cargo;
mod cluster;
mod installation;
pub mod installer;
mod package_manager;
pub mod packages;
mod process_cleanup;
mod server_account;
mod temporary_postgres;

pub use installation::Installation;
pub use temporary_postgres::TemporaryPostgres;
