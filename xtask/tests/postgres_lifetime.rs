//! The temporary PostgreSQL must go away with the program that started it, however that program ends.
//!
//! A leaked server holds its port and memory until the machine restarts, and nobody would notice: so this is tested
//! from outside, on the real program, in the ways a return value cannot show.

use std::io::{BufRead, BufReader, Lines};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// How long the clean-up may take after a kill; it takes a fraction of a second on an idle machine.
const CLEAN_UP_MAX: Duration = Duration::from_secs(30);
const POLL_EVERY: Duration = Duration::from_millis(50);

/// `cargo xtask postgres`, running.
struct Playground {
    program: Child,
    address: String,
    folder: PathBuf,
    serve_line: String,
    // Held open: a closed pipe would end the program on its next line.
    _output: Lines<BufReader<ChildStdout>>,
}

impl Playground {
    fn start() -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_xtask"));
        let mut program = command
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
        let folder = between(&text, "data is in ", " and goes").into();
        let serve_line = between(&text, "\n\n", "\n\n").to_owned();
        Self {
            program,
            address,
            folder,
            serve_line,
            _output: lines,
        }
    }

    fn is_there(&self) -> bool {
        TcpStream::connect(&self.address).is_ok() && self.folder.exists()
    }

    fn is_gone(&self) -> bool {
        TcpStream::connect(&self.address).is_err() && !self.folder.exists()
    }

    fn assert_gone_soon(&self) {
        let started = Instant::now();
        while !self.is_gone() {
            assert!(
                started.elapsed() < CLEAN_UP_MAX,
                "{} or {} is still there",
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
    let mut playground = Playground::start();
    assert!(playground.is_there());
    assert!(
        playground
            .serve_line
            .contains("--coordinator-db postgres://"),
        "{}",
        playground.serve_line
    );
    drop(playground.program.stdin.take());
    let status = playground.program.wait().expect("xtask ends");
    assert!(status.success(), "{status}");
    assert!(
        playground.is_gone(),
        "the program ended before its clean-up"
    );
}

#[test]
#[ignore = "needs PostgreSQL's server programs"]
fn a_kill_that_cannot_be_caught_leaves_nothing_behind() {
    let mut playground = Playground::start();
    assert!(playground.is_there());
    playground.program.kill().expect("a SIGKILL is sent");
    playground.program.wait().expect("xtask ends");
    playground.assert_gone_soon();
}
