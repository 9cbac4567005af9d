//! Systems with data in their databases, all on one database server.

use std::{path::PathBuf, rc::Rc};

use anyhow::{Context, Result};
use indicatif::{ProgressBar, ProgressStyle};
use likewise_testkit::TemporaryPostgres;

use super::{
    filler::{self, ARTICLES},
    stored_data::StoredData,
};
use crate::{
    driver,
    options::{Growth, Load, Services, Target},
    system::{self, System},
};

/// After each checkpoint PostgreSQL logs a whole page on its first write, and new pairs touch random pages of their index.
/// The first seconds after the filling would therefore be slower than the rest. So a filled system carries a load until most of
/// its pages have been logged: this many clients, and this many seconds per million likes.
const SETTLING_CLIENTS: u32 = 256;
const SETTLING_SECONDS_PER_MILLION: u64 = 2;
const WAL_POSITION: &str = "SELECT pg_current_wal_insert_lsn() - '0/0'::pg_lsn";

/// Creates filled systems.
pub(super) struct FilledSystems<'o> {
    options: &'o Growth,
    binary: PathBuf,
    server: Option<Rc<TemporaryPostgres>>,
}

impl<'o> FilledSystems<'o> {
    /// Builds the services and starts the database server.
    ///
    /// # Errors
    /// The build failed, or the server did not start.
    pub(super) fn prepare(options: &'o Growth) -> Result<Self> {
        let binary = system::binary(options.likewise.as_deref())?;
        let server = system::start_server(options.engine)?;
        if let (Some(server), Some(size)) = (&server, options.max_wal_gigabytes) {
            let set = format!("ALTER SYSTEM SET max_wal_size = '{size}GB'");
            for statement in [&set, "SELECT pg_reload_conf()"] {
                server.run_program("psql", &["--quiet"], "postgres", statement)?;
            }
        }
        Ok(Self {
            options,
            binary,
            server,
        })
    }

    /// The folder whose disk stores the data.
    pub(super) fn folder(&self) -> PathBuf {
        let server = self.server.as_ref();
        server.map_or_else(std::env::temp_dir, |server| server.folder().to_owned())
    }

    /// The data of a system with this many likes.
    pub(super) fn data(&self, likes: u64) -> StoredData {
        StoredData {
            likes,
            sagas: likes.min(self.options.sagas),
        }
    }

    /// Starts a system and fills its databases. It replaces an earlier system of the same size, which must have stopped.
    ///
    /// Rows are inserted by SQL, which is much faster than likes through the services.
    ///
    /// # Errors
    /// The services could not be started, or the databases could not be filled.
    pub(super) async fn create(&self, likes: u64) -> Result<System> {
        let target = Target {
            engine: self.options.engine,
            ..Target::on_postgres(Services::Three)
        };
        let suffix = format!("_{likes}");
        let system = System::start(&target, &self.binary, self.server.clone(), &suffix)?;
        // Creates the rows that the filler multiplies, and warms the connections.
        let first = Load {
            seconds: 1,
            articles: ARTICLES,
            ..Load::likes()
        };
        driver::run(&first, &system).await?;
        let data = self.data(likes);
        let bar = progress(data);
        filler::fill(&system, data, &bar).await?;
        bar.finish_and_clear();
        let seconds = likes * SETTLING_SECONDS_PER_MILLION / 1_000_000;
        if seconds > 0 {
            let settling = Load {
                clients: SETTLING_CLIENTS,
                seconds: u32::try_from(seconds)?,
                ..Load::likes()
            };
            driver::run(&settling, &system).await?;
        }
        Ok(system)
    }

    /// The bytes that the server has written to its write-ahead log so far; `None` on SQLite.
    ///
    /// The difference between two calls is what the server logged in between, for all databases.
    ///
    /// # Errors
    /// The server could not be asked.
    pub(super) fn wal_bytes(&self) -> Result<Option<f64>> {
        let Some(server) = &self.server else {
            return Ok(None);
        };
        let options = ["--quiet", "--no-align", "--tuples-only"];
        let printed = server.run_program("psql", &options, "postgres", WAL_POSITION)?;
        let bytes = printed.trim().parse();
        Ok(Some(
            bytes.context("reading the size of the write-ahead log")?,
        ))
    }
}

fn progress(data: StoredData) -> ProgressBar {
    let rows = data.all_rows();
    if rows == 0 {
        return ProgressBar::hidden();
    }
    eprintln!(
        "storing {} likes and {} finished sagas",
        data.likes, data.sagas
    );
    let style =
        ProgressStyle::with_template("{bar:30} {human_pos} of {human_len} rows, {eta} left");
    ProgressBar::new(rows).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}
