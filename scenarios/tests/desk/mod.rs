//! Runs `likewise-chaos` as a shell does, in a folder of its own.

// Each test program uses a part of it.
#![allow(dead_code)]

use std::{
    fs,
    path::PathBuf,
    process::{Command, Output},
};

use serde_json::Value;
use tempfile::TempDir;

/// What a command did.
pub struct Ran {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Ran {
    /// The objects on standard output.
    pub fn objects(&self) -> Vec<Value> {
        let parse = |line| serde_json::from_str(line).expect("each line is an object");
        self.stdout.lines().map(parse).collect()
    }

    pub fn summary(&self) -> Value {
        let last = self.objects().pop().expect("there is a last line");
        assert_eq!(last["type"], "summary");
        last
    }

    /// What the last line that can be pasted replays.
    pub fn replays(&self) -> String {
        let lines: Vec<&str> = self.stderr.lines().collect();
        let last = lines.last().expect("something is said");
        let command = last.trim().strip_prefix("replay: cargo chaos replay ");
        command
            .unwrap_or_else(|| panic!("{}", self.stderr))
            .to_owned()
    }
}

/// A folder for what a test writes.
pub struct Desk(TempDir);

impl Desk {
    pub fn new() -> Self {
        Self(tempfile::tempdir().expect("a temporary folder"))
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub fn file(&self, name: &str, text: &str) -> String {
        let path = self.path(name);
        fs::write(&path, text).expect("the folder is writable");
        path.display().to_string()
    }

    /// Runs `likewise-chaos`, which writes to `out/` here.
    pub fn chaos(&self, arguments: &[&str]) -> Ran {
        let mut command = chaos();
        command.args(arguments).arg("--out").arg(self.path("out"));
        ran(command)
    }

    /// Whether a command wrote anything.
    pub fn is_untouched(&self) -> bool {
        !self.path("out").exists()
    }
}

pub fn chaos() -> Command {
    Command::new(env!("CARGO_BIN_EXE_likewise-chaos"))
}

pub fn ran(mut command: Command) -> Ran {
    let Output {
        status,
        stdout,
        stderr,
    } = command.output().expect("the program runs");
    Ran {
        code: status.code().expect("no signal"),
        stdout: String::from_utf8(stdout).expect("text"),
        stderr: String::from_utf8(stderr).expect("text"),
    }
}
