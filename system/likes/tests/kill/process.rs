//! The binary as a child process, with its log in a file.

use std::{
    fs::{self, OpenOptions},
    net::{Ipv4Addr, SocketAddr},
    process::{Child, Command, Stdio},
    time::Duration,
};

use likewise_saga::env::real;
use tempfile::TempDir;

use crate::common::databases::env;

/// How often to look whether a process listens, 10 ms apart.
const LOOKS_MAX: u32 = 3_000;

/// Tries to find a free port.
const PORT_TRIES_MAX: u32 = 100;

/// A running process; killed when it is dropped.
pub struct Process {
    name: &'static str,
    words: Vec<String>,
    child: Child,
    folder: TempDir,
    starts: u32,
}

impl Process {
    /// Starts it and waits until it listens.
    pub async fn start(name: &'static str, words: &[&str]) -> Self {
        let words: Vec<String> = words
            .iter()
            // Several of these run beside each other on one server.
            .chain(&["--pool-size", "8"])
            .map(|word| (*word).to_owned())
            .collect();
        let folder = TempDir::new().expect("a temporary folder");
        let child = spawn(&words, &folder);
        let mut process = Self {
            name,
            words,
            child,
            folder,
            starts: 1,
        };
        process.until_it_listens().await;
        process
    }

    /// `kill -9`, and then the same command line again.
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

    /// The same command line again, for one that was killed.
    pub async fn restart(&mut self) {
        self.child = spawn(&self.words, &self.folder);
        self.starts += 1;
        self.until_it_listens().await;
    }

    /// Stops it in the middle of whatever it does, as a machine without time for it would.
    pub fn pause(&self) {
        self.signal("STOP");
    }

    /// Lets a paused one go on where it was.
    pub fn go_on(&self) {
        self.signal("CONT");
    }

    fn signal(&self, name: &str) {
        let kill = format!("kill -s {name} {}", self.child.id());
        let sent = Command::new("sh").args(["-c", &kill]).status();
        assert!(sent.expect("a shell").success());
    }

    async fn until_it_listens(&mut self) {
        for _ in 0..LOOKS_MAX {
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

    /// Whether it ever found open sagas after a kill.
    pub fn took_sagas_up(&self) -> bool {
        self.log().contains("took open sagas up again")
    }

    fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended by itself; then there is nothing to kill.
        let _ = self.child.kill();
        let _ = self.child.wait();
        eprintln!("--- log of {}\n{}", self.name, self.log());
    }
}

fn spawn(words: &[String], folder: &TempDir) -> Child {
    let log = OpenOptions::new()
        .create(true)
        .append(true)
        .open(folder.path().join("log"))
        .expect("a log file");
    Command::new(env!("CARGO_BIN_EXE_likewise"))
        .args(words)
        .env_remove("RUST_LOG")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(log)
        .spawn()
        .expect("the binary starts")
}

/// An address that stays ours while nobody listens on it: below the ports that the system gives
/// to outgoing connections.
pub async fn free_address() -> SocketAddr {
    for _ in 0..PORT_TRIES_MAX {
        let port = 20_000 + u16::try_from(env().random() % 12_000).expect("a port");
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        if real::listen(address).await.is_ok() {
            return address;
        }
    }
    panic!("no free port");
}
