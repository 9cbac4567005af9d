//! The binary as a child process that logs to a file.
//!
//! A restart uses the same command line, and so the same port and databases: the other processes and the clients find
//! the service where it was.

use std::{
    fs::{self, OpenOptions},
    net::{Ipv4Addr, SocketAddr},
    process::{Child, Command, Stdio},
    time::Duration,
};

use likewise_saga::env::real;
use tempfile::TempDir;

use crate::common::databases::env;

/// The number of polls for a process that starts, 10 ms apart.
const POLLS_MAX: u32 = 3_000;

/// The number of attempts to find a free port.
const PORT_ATTEMPTS_MAX: u32 = 100;

/// A running process. Dropping it kills the process and prints its log.
pub struct Process {
    name: &'static str,
    arguments: Vec<String>,
    child: Child,
    folder: TempDir,
    starts: u32,
}

impl Process {
    /// Starts the binary and waits until it listens.
    pub async fn start(name: &'static str, arguments: &[&str]) -> Self {
        let arguments: Vec<String> = arguments
            .iter()
            // Small pools: several processes use one database server concurrently.
            .chain(&["--pool-size", "8"])
            .map(|argument| (*argument).to_owned())
            .collect();
        let folder = TempDir::new().expect("a temporary folder");
        let child = spawn(&arguments, &folder);
        let mut process = Self {
            name,
            arguments,
            child,
            folder,
            starts: 1,
        };
        process.wait_until_listening().await;
        process
    }

    /// `kill -9`, then a start with the same command line.
    pub async fn kill_and_restart(&mut self) {
        self.kill();
        self.restart().await;
    }

    /// `kill -9`.
    pub fn kill(&mut self) {
        self.child.kill().expect("SIGKILL");
        let status = self.child.wait().expect("its end");
        assert_eq!(status.code(), None, "killed, not ended: {}", self.log());
    }

    /// Starts a killed process again with the same command line.
    pub async fn restart(&mut self) {
        self.child = spawn(&self.arguments, &self.folder);
        self.starts += 1;
        self.wait_until_listening().await;
    }

    /// Pauses the process at an arbitrary point, like an overloaded machine.
    pub fn pause(&self) {
        self.signal("STOP");
    }

    /// Continues a paused process.
    pub fn resume(&self) {
        self.signal("CONT");
    }

    fn signal(&self, name: &str) {
        let kill = format!("kill -s {name} {}", self.child.id());
        let sent = Command::new("sh").args(["-c", &kill]).status();
        assert!(sent.expect("a shell").success());
    }

    async fn wait_until_listening(&mut self) {
        for _ in 0..POLLS_MAX {
            if self.log().matches("listening on http://").count() == self.starts as usize {
                return;
            }
            if let Some(status) = self.child.try_wait().expect("its status") {
                panic!("{} ended with {status}:\n{}", self.name, self.log());
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("{} never listened:\n{}", self.name, self.log());
    }

    /// Whether the process found open sagas after a restart.
    pub fn recovered_sagas(&self) -> bool {
        self.log().contains("recovered open sagas")
    }

    /// How often a text is in the log.
    pub fn count_in_log(&self, text: &str) -> usize {
        self.log().matches(text).count()
    }

    fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // Fails if the process has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
        eprintln!("--- log of {}\n{}", self.name, self.log());
    }
}

fn spawn(arguments: &[String], folder: &TempDir) -> Child {
    let log = OpenOptions::new()
        .create(true)
        .append(true)
        .open(folder.path().join("log"))
        .expect("a log file");
    Command::new(env!("CARGO_BIN_EXE_likewise"))
        .args(arguments)
        .env_remove("RUST_LOG")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(log)
        .spawn()
        .expect("the binary starts")
}

/// A free address. It stays free while nothing listens on it, because it is below the ports that the system uses for
/// outgoing connections.
///
/// The process restarts on the same address, so port 0 is no choice.
pub async fn free_address() -> SocketAddr {
    for _ in 0..PORT_ATTEMPTS_MAX {
        let port = 20_000 + u16::try_from(env().random() % 12_000).expect("a port");
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        if real::listen(address).await.is_ok() {
            return address;
        }
    }
    panic!("no free port");
}
