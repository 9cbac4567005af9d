//! `cargo xtask api`: holds a running process to its API document with schemathesis, on SQLite and on PostgreSQL.
//!
//! ```text
//!  likewise serve ──► /openapi.json ──► schemathesis ──► requests, right and wrong
//!        ▲                                                 │
//!        └─────────────── every answer is documented ◄─────┘
//! ```
//!
//! schemathesis is a Python program. A machine without it is no reason to fail: the command then says that it was left out.

use std::{
    fs,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use anyhow::{Context, Result, bail, ensure};
use likewise_testkit::{Installation, TemporaryPostgres, installer::is_in_path};

use crate::repository;

/// Builds the binary as the tests do.
const BUILD: &str = "test --quiet --workspace --locked --no-run";
const PROGRAM: &str = "schemathesis";
/// How its checks are configured, relative to the repository's root.
const CONFIGURATION: &str = "schemas/schemathesis.toml";
/// The line that a process logs when it listens.
const LISTENING: &str = "listening on ";
const SERVICES: [&str; 3] = ["article", "user", "coordinator"];

/// Runs schemathesis against a process on each engine.
///
/// # Errors
/// An answer is not documented, or a process did not start. A missing schemathesis is not an error.
pub(crate) fn run() -> Result<()> {
    let Some(program) = program() else {
        println!("left out: {PROGRAM} is not installed (pip install {PROGRAM})");
        return Ok(());
    };
    repository::run_cargo(BUILD, &[])?;
    let folder = repository::target().join("api");
    if folder.exists() {
        fs::remove_dir_all(&folder).context("emptying target/api")?;
    }
    fs::create_dir_all(&folder)?;
    println!("==> SQLite");
    let data = folder.join("data").display().to_string();
    judge(&program, &["--data".to_owned(), data])?;
    let installation = match Installation::find_or_install() {
        Ok(installation) => installation,
        Err(error) => {
            println!("left out: PostgreSQL ({error:#})");
            return Ok(());
        }
    };
    println!("==> PostgreSQL");
    let server = TemporaryPostgres::start(&installation)?;
    let mut options = Vec::new();
    for service in SERVICES {
        server.create_database(service)?;
        options.extend([format!("--{service}-db"), server.url(service)]);
    }
    judge(&program, &options)
}

/// The program, in PATH or where the comment in its configuration installs it.
fn program() -> Option<PathBuf> {
    if is_in_path(PROGRAM) {
        return Some(PROGRAM.into());
    }
    let installed = repository::target().join("schemathesis/bin").join(PROGRAM);
    installed.is_file().then_some(installed)
}

fn judge(program: &Path, options: &[String]) -> Result<()> {
    let (_process, url) = Process::start(options)?;
    let status = Command::new(program)
        .current_dir(repository::root())
        .args(["--config-file", CONFIGURATION, "run"])
        .arg(format!("{url}/openapi.json"))
        .stdin(Stdio::null())
        .status()
        .with_context(|| format!("starting {PROGRAM}"))?;
    ensure!(status.success(), "{PROGRAM} ended with {status}");
    Ok(())
}

/// A process with all services. Dropping it ends it.
struct Process(Child);

impl Process {
    /// Starts it, and waits until it listens. Returns its URL.
    fn start(options: &[String]) -> Result<(Self, String)> {
        let mut command = repository::built_program("likewise");
        command
            .args(["serve", "--listen", "127.0.0.1:0"])
            .args(options);
        let mut child = command
            .stderr(Stdio::piped())
            .spawn()
            .context("starting likewise")?;
        let log = child.stderr.take().context("its log")?;
        let process = Self(child);
        let mut lines = BufReader::new(log).lines();
        for line in lines.by_ref() {
            let line = line?;
            if let Some((_, rest)) = line.split_once(LISTENING) {
                let url = rest.split(',').next().unwrap_or_default().to_owned();
                // A process whose log nobody reads would block.
                std::thread::spawn(move || lines.for_each(drop));
                return Ok((process, url));
            }
            println!("{line}");
        }
        bail!("likewise did not start")
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
