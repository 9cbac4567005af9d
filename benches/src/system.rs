//! The system under load: one that runs already, or one that is started here and ends with us.

use std::{
    fs::{self, File},
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    rc::Rc,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};
use tempfile::TempDir;
use xtask::{installation, postgres::TemporaryPostgres};

use crate::{
    options::{Engine, Services, Target},
    usage::Watched,
};

/// How long a service may take until it listens.
const START_MAX: Duration = Duration::from_secs(15);
/// How often its log is looked at meanwhile.
const START_LOOK_EVERY: Duration = Duration::from_millis(20);
/// The services that own a database each.
const SERVICES: [&str; 3] = ["article", "user", "coordinator"];

/// The URLs of the services' databases.
#[derive(Debug, Clone)]
pub(crate) struct Databases {
    pub(crate) article: String,
    pub(crate) user: String,
    pub(crate) coordinator: String,
}

/// Where the services are, and what is known of them.
pub(crate) struct System {
    pub(crate) name: String,
    pub(crate) coordinator: SocketAddr,
    pub(crate) article: SocketAddr,
    pub(crate) user: SocketAddr,
    /// Where their databases are, if they were started here.
    pub(crate) databases: Option<Databases>,
    /// Their processes, and the database server's.
    pub(crate) watched: Vec<Watched>,
    processes: Vec<Process>,
    server: Option<Rc<TemporaryPostgres>>,
    folder: Option<TempDir>,
}

/// A process that ends with us.
struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended by itself: then there is nothing to end.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl System {
    /// The one that is named, or a new one.
    ///
    /// # Errors
    /// What could not be started, and the end of its log.
    pub(crate) fn of(target: &Target) -> Result<Self> {
        match target.coordinator {
            Some(coordinator) => Ok(Self {
                name: format!("coordinator {coordinator}"),
                coordinator,
                article: target.article.unwrap_or(coordinator),
                user: target.user.unwrap_or(coordinator),
                databases: None,
                watched: Vec::new(),
                processes: Vec::new(),
                server: None,
                folder: None,
            }),
            None => Self::start(target),
        }
    }

    fn start(target: &Target) -> Result<Self> {
        let binary = match &target.likewise {
            Some(binary) => binary.clone(),
            None => build()?,
        };
        Self::start_on(target, &binary, server(target.engine)?, "")
    }

    /// Starts the services on a server, or on files. Several may share a server: the databases' names end in
    /// `name`, and those of that name are made anew.
    ///
    /// # Errors
    /// What could not be started, and the end of its log.
    pub(crate) fn start_on(
        target: &Target,
        binary: &Path,
        server: Option<Rc<TemporaryPostgres>>,
        name: &str,
    ) -> Result<Self> {
        let folder = tempfile::tempdir().context("making a folder for the services' files")?;
        let url = |service: &str| match &server {
            Some(server) => server.url(&format!("{service}{name}")),
            None => format!("sqlite:{}", folder.path().join(service).display()),
        };
        if let Some(server) = &server {
            for service in SERVICES {
                let database = format!("{service}{name}");
                let drop = format!("DROP DATABASE IF EXISTS {database} WITH (FORCE)");
                server.run_program("psql", &["--quiet"], "postgres", &drop)?;
                server.create_database(&database)?;
            }
        }
        let urls = SERVICES.map(url);
        let start = Start {
            binary,
            folder: folder.path(),
        };
        let started = match target.services {
            Services::One => start.one(&urls)?,
            Services::Three => start.three(&urls)?,
        };
        let mut watched: Vec<Watched> = started
            .iter()
            .map(|(name, _, process)| Watched {
                name,
                process: process.0.id(),
                with_children: false,
            })
            .collect();
        if let Some(server) = &server {
            watched.push(Watched {
                name: "postgres",
                process: postmaster(server.folder())?,
                with_children: true,
            });
        }
        let at = |place: usize| started.get(place).map_or(started[0].1, |started| started.1);
        let (coordinator, article, user) = (at(0), at(1), at(2));
        let [article_db, user_db, coordinator_db] = urls;
        Ok(Self {
            name: format!("{:?} process(es), {:?}", target.services, target.engine),
            coordinator,
            article,
            user,
            databases: Some(Databases {
                article: article_db,
                user: user_db,
                coordinator: coordinator_db,
            }),
            watched,
            processes: started.into_iter().map(|started| started.2).collect(),
            server,
            folder: Some(folder),
        })
    }

    /// The database server, if it was started here.
    pub(crate) fn server(&self) -> Option<&TemporaryPostgres> {
        self.server.as_deref()
    }

    /// The processes of the services themselves.
    pub(crate) fn services(&self) -> &[Watched] {
        &self.watched[..self.processes.len()]
    }
}

impl Drop for System {
    fn drop(&mut self) {
        // First those who use it, then what they use.
        self.processes.clear();
        drop(self.server.take());
        drop(self.folder.take());
    }
}

/// A temporary server, if the engine has one.
///
/// # Errors
/// PostgreSQL is missing and may not be installed, or does not start.
pub(crate) fn server(engine: Engine) -> Result<Option<Rc<TemporaryPostgres>>> {
    if engine == Engine::Sqlite {
        return Ok(None);
    }
    let started = TemporaryPostgres::start(&installation::find_or_install()?)?;
    Ok(Some(Rc::new(started)))
}

/// Builds the binary.
pub(crate) fn build() -> Result<PathBuf> {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let status = xtask::cargo::command()
        .current_dir(workspace)
        .args(["build", "--quiet", "--release", "--locked"])
        .args(["--bin", "likewise"])
        .status()
        .context("starting cargo to build the services")?;
    if !status.success() {
        bail!("the services could not be built ({status})");
    }
    // Where this program is, that one is too.
    let here = std::env::current_exe().context("finding this program")?;
    Ok(here.with_file_name("likewise"))
}

fn postmaster(folder: &Path) -> Result<u32> {
    let path = folder.join("data/postmaster.pid");
    let text = fs::read_to_string(&path).with_context(|| format!("reading {}", path.display()))?;
    let first = text.lines().next().unwrap_or_default();
    first.parse().context("reading the server's process number")
}

type Started = Vec<(&'static str, SocketAddr, Process)>;

/// How services are started.
struct Start<'s> {
    binary: &'s Path,
    folder: &'s Path,
}

impl Start<'_> {
    fn one(&self, [article, user, coordinator]: &[String; 3]) -> Result<Started> {
        let databases = [
            "--article-db",
            article,
            "--user-db",
            user,
            "--coordinator-db",
            coordinator,
        ];
        Ok(vec![self.service("all in one", &databases)?])
    }

    /// The coordinator first in the list, though last to start.
    fn three(&self, [article_db, user_db, log]: &[String; 3]) -> Result<Started> {
        let article = self.service("article", &["article", "--article-db", article_db])?;
        let user = self.service("user", &["user", "--user-db", user_db])?;
        let urls = [article.1, user.1].map(|address| format!("http://{address}"));
        let coordinator = self.service(
            "coordinator",
            &[
                "coordinator",
                "--coordinator-db",
                log,
                "--article-url",
                &urls[0],
                "--user-url",
                &urls[1],
            ],
        )?;
        Ok(vec![coordinator, article, user])
    }

    fn service(
        &self,
        name: &'static str,
        options: &[&str],
    ) -> Result<(&'static str, SocketAddr, Process)> {
        let log = self.folder.join(format!("{name}.log"));
        let file = File::create(&log).with_context(|| format!("making {}", log.display()))?;
        // The role comes before its options, so --listen goes last.
        let child = Command::new(self.binary)
            .arg("serve")
            .args(options)
            .args(["--listen", "127.0.0.1:0"])
            .env("NO_COLOR", "1")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(file)
            .spawn()
            .with_context(|| format!("starting {}", self.binary.display()))?;
        let process = Process(child);
        let address = listening(&log).with_context(|| format!("starting the {name} service"))?;
        Ok((name, address, process))
    }
}

/// Waits until the log says where the service listens.
fn listening(log: &Path) -> Result<SocketAddr> {
    let until = Instant::now() + START_MAX;
    loop {
        let text = fs::read_to_string(log).unwrap_or_default();
        if let Some((_, rest)) = text.split_once("listening on http://") {
            let address = rest.split([',', ' ', '\n']).next().unwrap_or_default();
            return address
                .parse()
                .with_context(|| format!("reading the address {address}"));
        }
        if Instant::now() >= until || text.contains("error:") {
            bail!("it does not listen; its log says:\n{text}");
        }
        std::thread::sleep(START_LOOK_EVERY);
    }
}
