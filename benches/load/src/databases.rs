//! The databases of the services that this program starts: one per service, on a temporary server or in files.

use std::path::Path;

use anyhow::Result;
use likewise_testkit::TemporaryPostgres;

/// The services, each with its own database.
const SERVICES: [&str; 3] = ["article", "user", "coordinator"];

/// The URLs of the services' databases.
#[derive(Debug, Clone)]
pub(crate) struct Databases {
    pub(crate) article: String,
    pub(crate) user: String,
    pub(crate) coordinator: String,
}

impl Databases {
    /// Creates an empty database for each service on the server; without a server, chooses a file in `folder` for each.
    ///
    /// The names of the databases end in `suffix`. Existing databases of the same name are deleted.
    ///
    /// # Errors
    /// The server refused.
    pub(crate) fn create(
        server: Option<&TemporaryPostgres>,
        folder: &Path,
        suffix: &str,
    ) -> Result<Self> {
        let url = |service: &str| match server {
            Some(server) => server.url(&format!("{service}{suffix}")),
            None => format!("sqlite:{}", folder.join(service).display()),
        };
        if let Some(server) = server {
            for service in SERVICES {
                let database = format!("{service}{suffix}");
                let drop = format!("DROP DATABASE IF EXISTS {database} WITH (FORCE)");
                server.run_program("psql", &["--quiet"], "postgres", &drop)?;
                server.create_database(&database)?;
            }
        }
        let [article, user, coordinator] = SERVICES.map(url);
        Ok(Self {
            article,
            user,
            coordinator,
        })
    }
}
