//! The CLI harness: runs `likewise-chaos` as a shell does, with a temporary folder for its files.

use std::{
    fs,
    path::PathBuf,
    process::{Command, Output},
    sync::LazyLock,
};

use serde_json::Value;
use tempfile::TempDir;

/// The result of a command.
pub struct CommandResult {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl CommandResult {
    /// The objects on standard output, one per line.
    pub fn objects(&self) -> Vec<Value> {
        let parse = |line| serde_json::from_str(line).expect("each line is an object");
        self.stdout.lines().map(parse).collect()
    }

    /// The last object on standard output.
    pub fn summary(&self) -> Value {
        let last = self.objects().pop().expect("there is a last line");
        assert_eq!(last["type"], "summary");
        last
    }

    /// The argument of the replay command on the last line of standard error.
    pub fn replay_argument(&self) -> String {
        let last = self.stderr.lines().last().expect("there is a last line");
        let argument = last.split_once("cargo chaos replay ");
        let (title, argument) = argument.unwrap_or_else(|| panic!("{}", self.stderr));
        assert!(title.trim_start().starts_with("replay"), "{last}");
        argument.to_owned()
    }

    /// The path of the report that the command wrote.
    pub fn report(&self) -> String {
        let mut lines = self.stderr.lines();
        let page = lines.find_map(|line| line.strip_prefix("report      "));
        let page = page.unwrap_or_else(|| panic!("{}", self.stderr));
        page.replace("report.html", "report.json")
    }
}

/// Arguments of a campaign that let it shrink for as long as it takes. With the default budget, the result would depend on
/// the speed of the machine.
const SHRINK_TO_THE_END: [&str; 2] = ["--shrink-budget", "1h"];

/// Runs commands, and holds the folder for what a test writes. The folder is removed at the end of the test.
pub struct CliHarness(TempDir);

impl CliHarness {
    pub fn new() -> Self {
        Self(tempfile::tempdir().expect("a temporary folder"))
    }

    /// The files of a campaign that found and shrunk failures of `double-undo`, and what its command printed. The campaign runs
    /// once for all tests, because it is slow. Each test has its own copy of the files.
    pub fn with_shrunk_campaign() -> (Self, &'static CommandResult) {
        let (original, result) = &*SHRUNK_CAMPAIGN;
        let copy = Self::new();
        let mut command = Command::new("cp");
        command
            .arg("-a")
            .arg(original.path("out"))
            .arg(copy.path("out"));
        assert_eq!(execute(command).code, 0);
        (copy, result)
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Writes a file into the folder. Returns its path.
    pub fn file(&self, name: &str, text: &str) -> String {
        let path = self.path(name);
        fs::write(&path, text).expect("the folder is writable");
        path.display().to_string()
    }

    /// Runs `likewise-chaos` with `--out` set to `out/` in the folder.
    pub fn run(&self, arguments: &[&str]) -> CommandResult {
        let mut command = chaos();
        command.args(arguments).arg("--out").arg(self.path("out"));
        execute(command)
    }

    /// Whether no command has written anything.
    pub fn is_untouched(&self) -> bool {
        !self.path("out").exists()
    }
}

static SHRUNK_CAMPAIGN: LazyLock<(CliHarness, CommandResult)> = LazyLock::new(|| {
    let cli = CliHarness::new();
    let campaign = ["run", "--seeds", "6", "--system", "double-undo", "--json"];
    let result = cli.run(&[&campaign[..], &SHRINK_TO_THE_END].concat());
    (cli, result)
});

/// `likewise-chaos` without arguments.
pub fn chaos() -> Command {
    Command::new(env!("CARGO_BIN_EXE_likewise-chaos"))
}

/// Runs a command to its end.
pub fn execute(mut command: Command) -> CommandResult {
    let Output {
        status,
        stdout,
        stderr,
    } = command.output().expect("the program runs");
    CommandResult {
        code: status.code().expect("no signal"),
        stdout: String::from_utf8(stdout).expect("text"),
        stderr: String::from_utf8(stderr).expect("text"),
    }
}
