//! The folder of a temporary PostgreSQL server: its data, its log, and how its programs run there.
//!
//! PostgreSQL calls the data of one server a *cluster*. The programs do not inherit the caller's environment, so no `PG*`
//! variable or locale of a developer's shell changes what the tests see.

use std::fmt::Write as _;
use std::fs::{self, DirBuilder, OpenOptions};
use std::io::Write as _;
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::fs::{DirBuilderExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{SystemTime, UNIX_EPOCH};
use std::{env, process};

use anyhow::{Context, Result, bail};

use crate::installation::Installation;
use crate::process_cleanup::ProcessCleanup;
use crate::server_account::ServerAccount;

/// The time limit of one start, in seconds. A start takes under a second on an idle machine and longer on a busy one.
const START_SECONDS_MAX: &str = "30";

/// The number of ports to try. Another program may take a free port before the server binds it.
const PORT_ATTEMPTS_MAX: u32 = 3;

/// Every test has its own database and pool, and tests run concurrently. A bench opens 256 connections in addition to those
/// of the services. PostgreSQL's default of 100 is too small for either.
const CONNECTIONS_MAX: u32 = 400;

/// The number of lines of the server's log that go into an error.
const LOG_TAIL_LINES_MAX: usize = 20;

/// The folder, the programs, and the account that runs them.
pub(crate) struct Cluster {
    installation: Installation,
    folder: PathBuf,
    account: Option<ServerAccount>,
}

impl Cluster {
    /// Creates an empty folder that only the server's account can access.
    ///
    /// # Errors
    /// No account can run the server, or the folder could not be created or its owner could not be set.
    pub(crate) fn create(installation: &Installation) -> Result<Self> {
        let account = ServerAccount::find()?;
        let folder = new_folder_path(account.as_ref())?;
        let context = || format!("creating {}", folder.display());
        DirBuilder::new()
            .mode(0o700)
            .create(&folder)
            .with_context(context)?;
        if let Some(account) = &account {
            chown(&folder, Some(account.user), Some(account.group)).with_context(context)?;
        }
        Ok(Self {
            installation: installation.clone(),
            folder,
            account,
        })
    }

    /// A command for one of PostgreSQL's programs, run by the server's account.
    pub(crate) fn command(&self, program: &str) -> Command {
        self.command_at(&self.installation.program(program))
    }

    /// Starts the shell that stops the server and deletes the folder when this process ends.
    ///
    /// # Errors
    /// The shell could not be started.
    pub(crate) fn start_cleanup(&self) -> Result<ProcessCleanup> {
        let mut shell = self.command_at(Path::new("sh"));
        // Not in the folder, because the shell deletes it.
        shell.current_dir("/");
        ProcessCleanup::start(shell, &self.installation.program("pg_ctl"), &self.folder)
    }

    fn command_at(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command
            .env_clear()
            .env("PATH", env::var_os("PATH").unwrap_or_default())
            .env("LC_ALL", "C");
        command.current_dir(&self.folder).stdin(Stdio::null());
        if let Some(account) = &self.account {
            command.uid(account.user).gid(account.group);
        }
        command
    }

    /// Creates the files of a server that trusts every connection.
    ///
    /// # Errors
    /// `initdb` failed; the message is its own.
    pub(crate) fn initialise(&self) -> Result<()> {
        let mut command = self.command("initdb");
        // --no-sync concerns these first files only. Losing them in a crash of the machine does no harm.
        command.args(["--auth", "trust", "--username", "postgres", "--no-sync"]);
        command.args(["--encoding", "UTF8", "--no-locale"]);
        run(command.arg("--pgdata").arg(self.folder.join("data")))
    }

    /// Starts the server, waits until it accepts connections, and returns its port.
    ///
    /// # Errors
    /// The server did not start in time. The message contains the last lines of its log.
    pub(crate) fn launch(&self) -> Result<u16> {
        for _ in 1..PORT_ATTEMPTS_MAX {
            let port = free_port()?;
            match self.launch_on(port) {
                Err(_) if self.log().contains("could not bind") => {
                    eprintln!("port {port} was taken by another program; trying another port");
                }
                outcome => return outcome.map(|()| port),
            }
        }
        let port = free_port()?;
        self.launch_on(port).map(|()| port)
    }

    fn launch_on(&self, port: u16) -> Result<()> {
        self.configure(port)?;
        let mut command = self.command("pg_ctl");
        command.args(["--wait", "--timeout", START_SECONDS_MAX, "--pgdata"]);
        command.arg(self.folder.join("data"));
        command
            .arg("--log")
            .arg(self.folder.join("log"))
            .arg("start");
        run(&mut command).with_context(|| {
            format!(
                "the server did not start; its log ends with:\n{}",
                tail(&self.log())
            )
        })
    }

    /// Appends to the configuration. PostgreSQL uses the last of repeated settings.
    fn configure(&self, port: u16) -> Result<()> {
        let path = self.folder.join("data/postgresql.conf");
        let context = || format!("writing {}", path.display());
        let mut file = OpenOptions::new()
            .append(true)
            .open(&path)
            .with_context(context)?;
        file.write_all(settings(port).as_bytes())
            .with_context(context)
    }

    /// The folder with the data and the log.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    fn log(&self) -> String {
        fs::read_to_string(self.folder.join("log")).unwrap_or_default()
    }
}

/// A new name in a folder that the server's account can reach. It may have no access to the TMPDIR of another account.
fn new_folder_path(account: Option<&ServerAccount>) -> Result<PathBuf> {
    let parent = account.map_or_else(env::temp_dir, |_| PathBuf::from("/tmp"));
    let since_1970 = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .context("reading the clock")?;
    let name = format!(
        "likewise-postgres-{}-{}",
        process::id(),
        since_1970.as_nanos()
    );
    Ok(parent.join(name))
}

fn free_port() -> Result<u16> {
    let listener =
        TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("looking for a free port")?;
    Ok(listener.local_addr()?.port())
}

fn settings(port: u16) -> String {
    format!(
        "\nlisten_addresses = '127.0.0.1'\nport = {port}\nunix_socket_directories = ''\n\
         max_connections = {CONNECTIONS_MAX}\n"
    )
}

/// Runs a program to its end. Its output is shown only if it failed.
///
/// # Errors
/// The program could not be started, or it failed. The message contains the last lines of its output.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let program = command.get_program().to_owned();
    let output = command
        .output()
        .with_context(|| format!("running {}", program.display()))?;
    if !output.status.success() {
        let mut printed = String::from_utf8_lossy(&output.stdout).into_owned();
        write!(printed, "{}", String::from_utf8_lossy(&output.stderr))?;
        bail!(
            "{} ended with {}:\n{}",
            program.display(),
            output.status,
            tail(&printed)
        );
    }
    Ok(())
}

/// Runs a program with `input` to its end, and returns its standard output.
///
/// # Errors
/// As [`run`].
pub(crate) fn run_with_input(command: &mut Command, input: &str) -> Result<String> {
    let program = command.get_program().to_owned();
    let context = || format!("running {}", program.display());
    command.stdin(Stdio::piped());
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().with_context(context)?;
    if let Some(mut stdin) = child.stdin.take() {
        stdin.write_all(input.as_bytes()).with_context(context)?;
    }
    let output = child.wait_with_output().with_context(context)?;
    let printed = String::from_utf8_lossy(&output.stdout).into_owned();
    if !output.status.success() {
        let errors = String::from_utf8_lossy(&output.stderr);
        bail!(
            "{} ended with {}:\n{}",
            program.display(),
            output.status,
            tail(&format!("{printed}{errors}"))
        );
    }
    Ok(printed)
}

fn tail(text: &str) -> String {
    let lines: Vec<_> = text.lines().collect();
    lines[lines.len().saturating_sub(LOG_TAIL_LINES_MAX)..].join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tail_is_the_bounded_end_of_the_text() {
        let log = (0..100)
            .map(|line| format!("line {line}"))
            .collect::<Vec<_>>()
            .join("\n");
        let tail = tail(&log);
        assert_eq!(tail.lines().count(), LOG_TAIL_LINES_MAX);
        assert!(tail.ends_with("line 99"), "{tail}");
        assert_eq!(super::tail("short"), "short");
    }

    #[test]
    fn the_settings_keep_the_durable_defaults() {
        let settings = settings(5499);
        assert!(settings.contains("port = 5499\n"), "{settings}");
        assert!(
            !settings.contains("fsync") && !settings.contains("synchronous_commit"),
            "{settings}"
        );
    }
}
