//! The temporary PostgreSQL must stop when the program that started it ends, whichever way that program ends.
//!
//! A leaked server keeps its port and memory until the machine restarts, and nobody would notice. These tests therefore run the
//! real program and look at the server from outside.

use std::io::{BufRead, BufReader, Lines};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// How long the cleanup may take after a kill. It takes a little over a second on an idle machine.
const CLEANUP_MAX: Duration = Duration::from_secs(30);
const POLL_EVERY: Duration = Duration::from_millis(50);

/// A running `cargo xtask postgres`.
struct PostgresCommand {
    program: Child,
    address: String,
    folder: PathBuf,
    serve_line: String,
    // Kept open, because a closed pipe would end the program on its next line.
    _output: Lines<BufReader<ChildStdout>>,
}

impl PostgresCommand {
    fn start() -> Self {
        let mut program = Command::new(env!("CARGO_BIN_EXE_xtask"))
            .arg("postgres")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("xtask starts");
        let mut lines = BufReader::new(program.stdout.take().expect("a pipe")).lines();
        let mut text = String::new();
        while !text.contains("Ctrl-C") {
            text += &lines
                .next()
                .expect("xtask prints how to use the server")
                .expect("UTF-8");
            text.push('\n');
        }
        let address = between(&text, "postgres@", "/postgres").to_owned();
        let folder = between(&text, "data is in ", " and is deleted").into();
        let serve_line = between(&text, "\n\n", "\n\n").to_owned();
        Self {
            program,
            address,
            folder,
            serve_line,
            _output: lines,
        }
    }

    fn is_running(&self) -> bool {
        TcpStream::connect(&self.address).is_ok() && self.folder.exists()
    }

    fn is_gone(&self) -> bool {
        TcpStream::connect(&self.address).is_err() && !self.folder.exists()
    }

    fn assert_gone_soon(&self) {
        let started = Instant::now();
        while !self.is_gone() {
            assert!(
                started.elapsed() < CLEANUP_MAX,
                "{} or {} still exists",
                self.address,
                self.folder.display()
            );
            sleep(POLL_EVERY);
        }
    }
}

fn between<'a>(text: &'a str, before: &str, after: &str) -> &'a str {
    let (_, rest) = text.split_once(before).expect(before);
    rest.split_once(after).expect(after).0
}

#[test]
#[ignore = "needs PostgreSQL's server programs"]
fn the_end_of_the_input_stops_the_server_and_deletes_its_folder() {
    let mut command = PostgresCommand::start();
    assert!(command.is_running());
    assert!(
        command.serve_line.contains("--coordinator-db postgres://"),
        "{}",
        command.serve_line
    );
    drop(command.program.stdin.take());
    let status = command.program.wait().expect("xtask ends");
    assert!(status.success(), "{status}");
    assert!(command.is_gone(), "the program ended before its cleanup");
}

#[test]
#[ignore = "needs PostgreSQL's server programs"]
fn a_sigkill_leaves_nothing_behind() {
    let mut command = PostgresCommand::start();
    assert!(command.is_running());
    command.program.kill().expect("a SIGKILL is sent");
    command.program.wait().expect("xtask ends");
    command.assert_gone_soon();
}
