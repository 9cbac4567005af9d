//! A PostgreSQL server that lives in a temporary folder and leaves nothing behind.
//!
//! Tests need a real server with its real guarantees (`fsync` stays on), but nobody should have to set one up. It
//! listens on 127.0.0.1 only, on a free port, trusts whoever connects there, and has no socket file.
//!
//! Where to read next: `cluster.rs` is the server's folder and how it is started, `guard.rs` makes sure
//! that it goes away.

use std::path::Path;

use anyhow::{Context, Result};

use crate::cluster::{self, Cluster};
use crate::guard::Guard;
use crate::installation::Installation;

/// A running server. Dropping it stops the server and deletes its folder.
pub struct TemporaryPostgres {
    cluster: Cluster,
    port: u16,
    _guard: Guard,
}

impl TemporaryPostgres {
    /// Starts a server and waits until it accepts connections.
    ///
    /// # Errors
    /// No folder could be made, `initdb` failed, or the server did not come up in time; the message ends with the
    /// last lines of the server's log.
    pub fn start(installation: &Installation) -> Result<Self> {
        let cluster = Cluster::create(installation)?;
        let guard = cluster.guard()?;
        cluster.initialise()?;
        let port = cluster.launch()?;
        Ok(Self {
            cluster,
            port,
            _guard: guard,
        })
    }

    /// The URL of one of the server's databases; `postgres` is there from the start.
    pub fn url(&self, database: &str) -> String {
        format!("postgres://postgres@127.0.0.1:{}/{database}", self.port)
    }

    /// Where the server's data and log are.
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

    /// Runs one of PostgreSQL's clients (`psql`, `pgbench`) on a database, with an input, and returns what it printed.
    ///
    /// # Errors
    /// It could not be started, or failed; the message has the last lines of what it printed.
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
