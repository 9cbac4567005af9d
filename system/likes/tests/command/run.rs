//! Runs the binary: to its end, or until it is told to stop.

use std::{
    fs::{self, File},
    net::SocketAddr,
    path::Path,
    process::{Child, Command, Stdio},
    time::Duration,
};

use tempfile::TempDir;

/// How often to look whether something came true, 20 ms apart.
const LOOKS_MAX: u32 = 1_500;

/// How a process ended, and what it said.
pub struct Ended {
    pub code: Option<i32>,
    pub output: String,
    pub errors: String,
}

/// Runs to the end.
pub fn run(words: &[&str]) -> Ended {
    run_with(words, &[])
}

pub fn run_with(words: &[&str], variables: &[(&str, &str)]) -> Ended {
    let folder = TempDir::new().expect("a folder");
    Running::spawn(folder.path(), words, variables).end()
}

pub fn run_in(folder: &Path, words: &[&str]) -> Ended {
    Running::spawn(folder, words, &[]).end()
}

/// A process that goes on; killed when it is dropped.
pub struct Running {
    child: Child,
    said: TempDir,
}

impl Running {
    /// Starts it and waits until it listens.
    pub fn start(folder: &Path, words: &[&str]) -> Self {
        Self::start_with(folder, words, &[])
    }

    pub fn start_with(folder: &Path, words: &[&str], variables: &[(&str, &str)]) -> Self {
        let mut running = Self::spawn(folder, words, variables);
        running.until(|running| running.errors().contains("listening on"));
        running
    }

    /// Waits until the log has these words.
    pub fn until_log(&mut self, words: &str) {
        self.until(|running| running.errors().contains(words));
    }

    fn spawn(folder: &Path, words: &[&str], variables: &[(&str, &str)]) -> Self {
        let said = TempDir::new().expect("a folder");
        let file = |name: &str| File::create(said.path().join(name)).expect("a file");
        let mut command = Command::new(env!("CARGO_BIN_EXE_likewise"));
        for name in [
            "RUST_LOG",
            "LIKEWISE_LOG",
            "LIKEWISE_LISTEN",
            "LIKEWISE_DATA",
        ] {
            command.env_remove(name);
        }
        let child = command
            .args(words)
            .envs(variables.iter().copied())
            .current_dir(folder)
            .stdin(Stdio::null())
            .stdout(file("output"))
            .stderr(file("errors"))
            .spawn()
            .expect("the binary starts");
        Self { child, said }
    }

    fn end(mut self) -> Ended {
        self.until(|running| running.child.try_wait().expect("its status").is_some());
        Ended {
            code: self.child.wait().expect("its end").code(),
            output: self.said("output"),
            errors: self.errors(),
        }
    }

    /// Sends a signal and waits for the end.
    pub fn signal(self, name: &str) -> Ended {
        let kill = format!("kill -s {name} {}", self.child.id());
        let sent = Command::new("sh").args(["-c", &kill]).status();
        assert!(sent.expect("a shell").success());
        self.end()
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        let line = self.log_line("listening on http://");
        let (_, rest) = line.split_once("http://").expect("an address");
        let address = rest.split(',').next().expect("an address");
        address.parse().expect("an address")
    }

    /// The first line of the log with these words.
    pub fn log_line(&self, words: &str) -> String {
        let log = self.errors();
        let line = log.lines().find(|line| line.contains(words));
        line.unwrap_or_else(|| panic!("no '{words}' in:\n{log}"))
            .to_owned()
    }

    fn errors(&self) -> String {
        self.said("errors")
    }

    fn said(&self, name: &str) -> String {
        fs::read_to_string(self.said.path().join(name)).expect("what it said")
    }

    #[allow(clippy::disallowed_methods, reason = "waits for another process")]
    fn until(&mut self, is_so: impl Fn(&mut Self) -> bool) {
        for _ in 0..LOOKS_MAX {
            if is_so(self) {
                return;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        panic!("it never came true:\n{}", self.errors());
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself; then there is nothing to kill.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
