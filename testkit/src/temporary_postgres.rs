//! A PostgreSQL server in a temporary folder that leaves nothing behind.
//!
//! Tests need a real server with its real guarantees (`fsync` stays on), but a developer should not have to set one up. The
//! server listens on 127.0.0.1 only, on a free port, trusts every connection, and has no socket file.
//!
//! Where to read next: `cluster.rs` is the server's folder and how the server starts; `process_cleanup.rs` stops it.

use std::path::Path;

use anyhow::{Context, Result};

use crate::cluster::{self, Cluster};
use crate::installation::Installation;
use crate::process_cleanup::ProcessCleanup;

/// A running server. Dropping it stops the server and deletes its folder.
pub struct TemporaryPostgres {
    cluster: Cluster,
    port: u16,
    _cleanup: ProcessCleanup,
}

impl TemporaryPostgres {
    /// Starts a server and waits until it accepts connections.
    ///
    /// # Errors
    /// The folder could not be created, `initdb` failed, or the server did not start in time. The message ends with the
    /// last lines of the server's log.
    pub fn start(installation: &Installation) -> Result<Self> {
        let cluster = Cluster::create(installation)?;
        // Before `initdb`, so that a kill during the start leaves nothing behind either.
        let cleanup = cluster.start_cleanup()?;
        cluster.initialise()?;
        let port = cluster.launch()?;
        Ok(Self {
            cluster,
            port,
            _cleanup: cleanup,
        })
    }

    /// The URL of one of the server's databases. The database `postgres` always exists.
    #[must_use]
    pub fn url(&self, database: &str) -> String {
        format!("postgres://postgres@127.0.0.1:{}/{database}", self.port)
    }

    /// The folder with the server's data and log.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.cluster.folder()
    }

    /// Creates an empty database.
    ///
    /// # Errors
    /// `createdb` failed; the message is its own.
    pub fn create_database(&self, name: &str) -> Result<()> {
        let port = self.port.to_string();
        let mut command = self.cluster.command("createdb");
        command.args(["--host", "127.0.0.1", "--port", &port]);
        command.args(["--username", "postgres", name]);
        cluster::run(&mut command).with_context(|| format!("creating the database {name}"))
    }

    /// Runs one of PostgreSQL's clients (`psql`, `pgbench`) on a database with `input`, and returns its standard output.
    ///
    /// # Errors
    /// The program could not be started, or it failed. The message contains the last lines of its output.
    pub fn run_program(
        &self,
        program: &str,
        options: &[&str],
        database: &str,
        input: &str,
    ) -> Result<String> {
        let port = self.port.to_string();
        let mut command = self.cluster.command(program);
        command.args(["--host", "127.0.0.1", "--port", &port]);
        command
            .args(["--username", "postgres"])
            .args(options)
            .arg(database);
        cluster::run_with_input(&mut command, input)
            .with_context(|| format!("running {program} on the database {database}"))
    }
}
