//! The project's own tasks, run as `cargo xtask`.
//!
//! `cargo xtask test` runs every check that a change must pass. CI runs nothing else, so a pass here is a pass there.
//! `cargo xtask postgres` starts a temporary database server for trying out the services.
//!
//! Where to read next: `stages.rs` is the table of the checks and `stage_runner.rs` runs it. The temporary server is in
//! `testkit/`.

mod api_document;
mod api_tests;
mod background_stage;
mod browser_tests;
mod instruction_counts;
mod postgres_command;
mod repository;
mod stage;
mod stage_command;
mod stage_runner;
mod stage_summary;
mod stages;
mod words;

use std::{path::PathBuf, process::ExitCode};

use anyhow::Result;
use clap::builder::PossibleValuesParser;
use clap::{Parser, Subcommand};

use stage::Stage;
use stages::{NIGHTLY_STAGES, PACKAGE_STAGES, TEST_STAGES};

const TEST_EXAMPLES: &str = "\
Examples:
  cargo xtask test                              every stage, as in CI
  cargo xtask test --only tests                 all tests, with a temporary PostgreSQL
  cargo xtask test --only fmt --only clippy     several stages, in the order of the table
  cargo xtask test -p likewise                  one package: clippy, docs and tests
  cargo xtask test --only tests -p likewise     the tests of one package
  cargo xtask test --list                       the stages and their commands
  LIKEWISE_TEST_POSTGRES=postgres://postgres@127.0.0.1:5432/postgres cargo xtask test --only tests
                                                on a server that is running already";

const BROWSER_EXAMPLES: &str = "\
Examples:
  cargo xtask browser                      tests the report's page in headless Chromium
  cargo xtask browser --only brush         the tests with this word in their names
  cargo xtask browser --repeat 10          ten times, to find tests that sometimes fail
  cargo xtask browser --pictures /tmp/p    writes pictures of the page in both themes
The command installs Chromium, node and npm if they are missing and it is allowed to. Otherwise it leaves the tests out and says so.
LIKEWISE_CHROMIUM=/path/to/chrome selects another browser.";

const PACKAGE_EXAMPLES: &str = "\
Examples:
  cargo xtask package                              all checks, and the package
  cargo xtask package --only deb                   the package alone; needs cargo-deb (cargo install cargo-deb)
  cargo xtask package --only kubernetes            the manifests alone; needs kubectl
A stage whose program is missing is left out, and the summary says so.";

const POSTGRES_EXAMPLES: &str = "\
Examples:
  cargo xtask postgres     prints a `likewise serve` line to paste, and waits
Enter, Ctrl-C or the end of the input stops the server and deletes its data.";

/// The tasks of the Likewise repository
#[derive(Parser)]
#[command(bin_name = "cargo xtask")]
struct Cli {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Runs every check that a change must pass, in order, and stops at the first failure
    #[command(after_help = TEST_EXAMPLES)]
    Test {
        /// Runs only this stage; may be repeated
        #[arg(long, value_name = "STAGE", value_parser = names(TEST_STAGES))]
        only: Vec<String>,
        /// Checks only this package; may be repeated
        #[arg(short, long = "package", value_name = "PACKAGE")]
        packages: Vec<String>,
        /// Lists the stages and their commands, and runs nothing
        #[arg(long)]
        list: bool,
    },
    /// Runs the slow campaigns; the workflow `nightly` runs each stage by itself
    Nightly {
        /// Runs only this stage; may be repeated
        #[arg(long, value_name = "STAGE", value_parser = names(NIGHTLY_STAGES))]
        only: Vec<String>,
        /// Lists the stages and their commands, and runs nothing
        #[arg(long)]
        list: bool,
    },
    /// Checks what is in `deploy/`, and builds the Debian package target/package/likewise.deb
    #[command(after_help = PACKAGE_EXAMPLES)]
    Package {
        /// Runs only this stage; may be repeated
        #[arg(long, value_name = "STAGE", value_parser = names(PACKAGE_STAGES))]
        only: Vec<String>,
        /// Lists the stages and their commands, and runs nothing
        #[arg(long)]
        list: bool,
    },
    /// Formats the sources and applies the linters' suggestions
    Fix,
    /// Tests the report's page in headless Chromium
    #[command(after_help = BROWSER_EXAMPLES)]
    Browser {
        /// Runs only tests whose names contain this
        #[arg(long, value_name = "WORD")]
        only: Option<String>,
        /// Writes pictures of the page into this folder
        #[arg(long, value_name = "FOLDER")]
        pictures: Option<PathBuf>,
        /// Runs the tests this many times
        #[arg(long, value_name = "N", default_value_t = 1)]
        repeat: u32,
    },
    /// Compares Likewise with pgbench on one temporary PostgreSQL; the options are those of `cargo load pgbench`
    #[command(disable_help_flag = true, alias = "bench-limit")]
    BenchPgbench {
        /// Passed on
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        options: Vec<String>,
    },
    /// Counts the instructions of the pure parts and compares them with benches/counts.tsv
    Counts {
        /// Replaces the budget with the counts
        #[arg(long)]
        renew: bool,
    },
    /// Holds a running process to its API document with schemathesis, if that is installed
    Api,
    /// Renews schemas/openapi.json and docs/problems.md from the code
    Openapi,
    /// Checks that no retired word is used; xtask/retired_words.tsv lists them
    Words,
    /// Starts a temporary PostgreSQL with the databases of the three services
    #[command(after_help = POSTGRES_EXAMPLES)]
    Postgres,
}

fn main() -> ExitCode {
    match run(Cli::parse().task) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Not anyhow's own format: with RUST_BACKTRACE set, a backtrace of this program would hide the advice.
            let causes: Vec<_> = error.chain().map(ToString::to_string).collect();
            eprintln!("\nerror: {}", causes.join("\n  because: "));
            ExitCode::FAILURE
        }
    }
}

fn run(task: Task) -> Result<()> {
    match task {
        Task::Test {
            only,
            packages,
            list,
        } => run_stages("test", TEST_STAGES, &only, &packages, list),
        Task::Nightly { only, list } => run_stages("nightly", NIGHTLY_STAGES, &only, &[], list),
        Task::Package { only, list } => {
            std::fs::create_dir_all(repository::root().join("target/package"))?;
            run_stages("package", PACKAGE_STAGES, &only, &[], list)
        }
        Task::Fix => fix(),
        Task::BenchPgbench { options } => repository::run_cargo("load pgbench", &options),
        Task::Counts { renew } => instruction_counts::run(renew),
        Task::Openapi => api_document::renew(),
        Task::Api => api_tests::run(),
        Task::Words => words::run(),
        Task::Postgres => postgres_command::run(),
        Task::Browser {
            only,
            pictures,
            repeat,
        } => browser_tests::run(&browser_tests::Options {
            only,
            pictures,
            repeat,
        }),
    }
}

/// Applies what the linters can correct, then formats, because a correction may need formatting.
fn fix() -> Result<()> {
    repository::run_cargo(
        "clippy --fix --allow-dirty --allow-staged --workspace --all-targets --locked",
        &[],
    )?;
    repository::run_cargo("fmt --all", &[])
}

fn run_stages(
    command: &str,
    table: &[Stage],
    only: &[String],
    packages: &[String],
    list: bool,
) -> Result<()> {
    if list {
        print!("{}", stage::listing(table));
        return Ok(());
    }
    stage_runner::run(command, &stage::chosen(table, only, packages), packages)
}

/// Accepts exactly the names of a table on the command line.
///
/// The table is the only list of stages. A second one would miss the next stage that somebody adds.
fn names(table: &'static [Stage]) -> PossibleValuesParser {
    PossibleValuesParser::new(table.iter().map(|stage| stage.name))
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        super::Cli::command().debug_assert();
    }
}
