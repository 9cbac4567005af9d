//! Runs the binary to its end, or until it gets a signal.
//!
//! The output goes to files, not to pipes: a process that logs more than a pipe holds would block, and a killed
//! process leaves what it wrote.

use std::{
    fs::{self, File},
    net::SocketAddr,
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use tempfile::TempDir;

const BINARY: &str = env!("CARGO_BIN_EXE_likewise");

/// The number of polls for a condition, 20 ms apart.
const POLLS_MAX: u32 = 1_500;

/// How a process ended, and its output.
pub struct Exited {
    pub code: Option<i32>,
    pub output: String,
    pub errors: String,
}

/// Runs the binary to its end, in an empty folder.
pub fn run(arguments: &[&str]) -> Exited {
    run_with(arguments, &[])
}

pub fn run_with(arguments: &[&str], variables: &[(&str, &str)]) -> Exited {
    let folder = TempDir::new().expect("a folder");
    Running::spawn(folder.path(), arguments, variables).end()
}

pub fn run_in(folder: &Path, arguments: &[&str]) -> Exited {
    Running::spawn(folder, arguments, &[]).end()
}

/// A running process. Dropping it kills the process.
pub struct Running {
    child: Child,
    /// The files with its standard output and standard error.
    output: TempDir,
}

impl Running {
    /// Starts the binary and waits until it listens.
    pub fn start(folder: &Path, arguments: &[&str]) -> Self {
        Self::start_with(folder, arguments, &[])
    }

    pub fn start_with(folder: &Path, arguments: &[&str], variables: &[(&str, &str)]) -> Self {
        let mut running = Self::spawn(folder, arguments, variables);
        running.wait_until(|running| running.errors().contains("listening on"));
        running
    }

    /// Starts the binary with a limit on open files, and the hard maximum to which it may raise it.
    pub fn start_with_open_files(
        folder: &Path,
        arguments: &[&str],
        (soft, hard): (u32, u32),
    ) -> Self {
        let limited = format!("ulimit -Sn {soft} && ulimit -Hn {hard} && exec \"$0\" \"$@\"");
        let mut command = Command::new("sh");
        command.args(["-c", &limited, BINARY]);
        let mut running = Self::spawn_command(command, folder, arguments, &[]);
        running.wait_until(|running| running.errors().contains("listening on"));
        running
    }

    /// Waits until the standard output contains the text.
    pub fn wait_for_output(&mut self, text: &str) {
        self.wait_until(|running| running.read("output").contains(text));
    }

    /// Waits until the log contains the text.
    pub fn wait_for_log(&mut self, text: &str) {
        self.wait_until(|running| running.errors().contains(text));
    }

    /// Waits until so many lines of the log contain the text.
    pub fn wait_for_log_lines(&mut self, text: &str, count: usize) {
        self.wait_until(|running| running.log_lines(text).len() >= count);
    }

    /// Starts the binary.
    pub fn spawn(folder: &Path, arguments: &[&str], variables: &[(&str, &str)]) -> Self {
        Self::spawn_command(Command::new(BINARY), folder, arguments, variables)
    }

    fn spawn_command(
        mut command: Command,
        folder: &Path,
        arguments: &[&str],
        variables: &[(&str, &str)],
    ) -> Self {
        let output = TempDir::new().expect("a folder");
        let file = |name: &str| File::create(output.path().join(name)).expect("a file");
        for name in [
            "RUST_LOG",
            "LIKEWISE_LOG",
            "LIKEWISE_CONFIG",
            "LIKEWISE_LISTEN",
            "LIKEWISE_DATA",
            "LIKEWISE_ADMIN_LISTEN",
            "LIKEWISE_ADMIN_TOKEN_FILE",
            "LIKEWISE_ADMIN",
            "LIKEWISE_ADMIN_NAME",
        ] {
            command.env_remove(name);
        }
        let child = command
            .args(arguments)
            .envs(variables.iter().copied())
            .current_dir(folder)
            .stdin(Stdio::null())
            .stdout(file("output"))
            .stderr(file("errors"))
            .spawn()
            .expect("the binary starts");
        Self { child, output }
    }

    /// Waits for the end of the process.
    pub fn end(mut self) -> Exited {
        self.wait_until(|running| running.child.try_wait().expect("its status").is_some());
        Exited {
            code: self.child.wait().expect("its end").code(),
            output: self.read("output"),
            errors: self.errors(),
        }
    }

    /// Waits for the end of the process, which must come by itself and within this time.
    #[allow(
        clippy::disallowed_methods,
        reason = "measures another process in wall time"
    )]
    pub fn end_within(self, limit: Duration) -> Exited {
        let started = Instant::now();
        let ended = self.end();
        let took = started.elapsed();
        assert!(took < limit, "ended after {took:?}:\n{}", ended.errors);
        ended
    }

    /// Sends a signal and waits for the end of the process.
    pub fn signal(self, name: &str) -> Exited {
        self.send(name);
        self.end()
    }

    /// Sends a signal.
    pub fn send(&self, name: &str) {
        let kill = format!("kill -s {name} {}", self.child.id());
        let sent = Command::new("sh").args(["-c", &kill]).status();
        assert!(sent.expect("a shell").success());
    }

    /// The address on which the process listens.
    pub fn address(&self) -> SocketAddr {
        let line = self.log_line("listening on http://");
        let (_, rest) = line.split_once("http://").expect("an address");
        let address = rest.split(',').next().expect("an address");
        address.parse().expect("an address")
    }

    /// The address of the admin listener.
    pub fn admin_address(&self) -> SocketAddr {
        let line = self.log_line("administration on http://");
        let (_, address) = line.split_once("http://").expect("an address");
        address.trim().parse().expect("an address")
    }

    /// The first line of the log that contains the text.
    pub fn log_line(&self, text: &str) -> String {
        let log = self.errors();
        let line = log.lines().find(|line| line.contains(text));
        line.unwrap_or_else(|| panic!("no '{text}' in:\n{log}"))
            .to_owned()
    }

    /// Every line of the log that contains the text.
    pub fn log_lines(&self, text: &str) -> Vec<String> {
        let log = self.errors();
        let lines = log.lines().filter(|line| line.contains(text));
        lines.map(str::to_owned).collect()
    }

    fn errors(&self) -> String {
        self.read("errors")
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.output.path().join(name)).expect("its output")
    }

    #[allow(clippy::disallowed_methods, reason = "waits for another process")]
    fn wait_until(&mut self, condition: impl Fn(&mut Self) -> bool) {
        for _ in 0..POLLS_MAX {
            if condition(self) {
                return;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        panic!("the condition was never met:\n{}", self.errors());
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Fails if the process has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
