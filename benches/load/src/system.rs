//! The system under load: services that are running already, or services that this program starts and stops.
//!
//! Where to read next: `service_processes.rs` starts the processes.

use std::{
    fs,
    net::SocketAddr,
    path::{Path, PathBuf},
    rc::Rc,
};

use anyhow::{Context, Result, bail};
use likewise_testkit::{Installation, TemporaryPostgres};
use tempfile::TempDir;

use crate::{
    databases::Databases,
    options::{Engine, Target},
    process_usage::ProcessMonitor,
    service_processes::{Launcher, ServiceProcess},
};

/// The addresses of the services, and their databases and processes if this program started them.
///
/// The fields that own something are dropped in this order: first the processes, then the server that they use, then the
/// folder with their files.
pub(crate) struct System {
    pub(crate) name: String,
    pub(crate) coordinator: SocketAddr,
    pub(crate) article: SocketAddr,
    pub(crate) user: SocketAddr,
    pub(crate) databases: Option<Databases>,
    /// The processes of the services and of the database server.
    pub(crate) monitors: Vec<ProcessMonitor>,
    processes: Vec<ServiceProcess>,
    server: Option<Rc<TemporaryPostgres>>,
    _folder: Option<TempDir>,
}

impl System {
    /// Uses the services that the target names, or starts new ones.
    ///
    /// Running services are reached by their addresses alone. Their databases and processes are unknown, so records
    /// cannot be checked and processor time cannot be measured.
    ///
    /// # Errors
    /// A service could not be started. The message contains its log.
    pub(crate) fn open(target: &Target) -> Result<Self> {
        match target.coordinator {
            Some(coordinator) => Ok(Self {
                name: format!("coordinator {coordinator}"),
                coordinator,
                article: target.article.unwrap_or(coordinator),
                user: target.user.unwrap_or(coordinator),
                databases: None,
                monitors: Vec::new(),
                processes: Vec::new(),
                server: None,
                _folder: None,
            }),
            None => {
                let binary = binary(target.likewise.as_deref())?;
                Self::start(target, &binary, start_server(target.engine)?, "")
            }
        }
    }

    /// Starts the services on a database server, or on SQLite files without one.
    ///
    /// Several systems can share a server: the names of their databases end in `suffix`. Existing databases of that name
    /// are replaced.
    ///
    /// # Errors
    /// A database could not be created or a service could not be started. The message contains the service's log.
    pub(crate) fn start(
        target: &Target,
        binary: &Path,
        server: Option<Rc<TemporaryPostgres>>,
        suffix: &str,
    ) -> Result<Self> {
        let folder = tempfile::tempdir().context("creating a folder for the services' files")?;
        let databases = Databases::create(server.as_deref(), folder.path(), suffix)?;
        let launcher = Launcher {
            binary,
            folder: folder.path(),
        };
        let processes = launcher.start(target.services, &databases)?;
        let mut monitors: Vec<_> = processes.iter().map(ServiceProcess::monitor).collect();
        if let Some(server) = &server {
            monitors.push(ProcessMonitor {
                name: "postgres",
                process: postmaster(server.folder())?,
                with_children: true,
            });
        }
        // One process serves everything; of three, the coordinator is the first.
        let address = |index: usize| processes.get(index).unwrap_or(&processes[0]).address;
        let (coordinator, article, user) = (address(0), address(1), address(2));
        Ok(Self {
            name: format!("{:?} process(es), {:?}", target.services, target.engine),
            coordinator,
            article,
            user,
            databases: Some(databases),
            monitors,
            processes,
            server,
            _folder: Some(folder),
        })
    }

    /// The database server, if this program started it.
    pub(crate) fn server(&self) -> Option<&TemporaryPostgres> {
        self.server.as_deref()
    }

    /// The monitors of the services alone, without the database server.
    pub(crate) fn service_monitors(&self) -> &[ProcessMonitor] {
        &self.monitors[..self.processes.len()]
    }
}

/// Starts a temporary database server; `None` for SQLite, which needs none.
///
/// # Errors
/// PostgreSQL is missing and could not be installed, or it did not start.
pub(crate) fn start_server(engine: Engine) -> Result<Option<Rc<TemporaryPostgres>>> {
    if engine == Engine::Sqlite {
        return Ok(None);
    }
    let server = TemporaryPostgres::start(&Installation::find_or_install()?)?;
    Ok(Some(Rc::new(server)))
}

/// The binary of the services: the one that the options name, or a new release build of this checkout.
///
/// # Errors
/// The build failed.
pub(crate) fn binary(named: Option<&Path>) -> Result<PathBuf> {
    if let Some(named) = named {
        return Ok(named.to_owned());
    }
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let status = likewise_testkit::cargo::command()
        .current_dir(workspace)
        .args(["build", "--quiet", "--release", "--locked"])
        .args(["--bin", "likewise"])
        .status()
        .context("starting cargo to build the services")?;
    if !status.success() {
        bail!("the services could not be built ({status})");
    }
    // Cargo puts both binaries into the same folder.
    let here = std::env::current_exe().context("finding this program")?;
    Ok(here.with_file_name("likewise"))
}

/// The process number of a PostgreSQL server.
fn postmaster(folder: &Path) -> Result<u32> {
    let path = folder.join("data/postmaster.pid");
    let text = fs::read_to_string(&path).with_context(|| format!("reading {}", path.display()))?;
    let first = text.lines().next().unwrap_or_default();
    first.parse().context("reading the server's process number")
}
