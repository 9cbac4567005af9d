//! One stage of the test command or of the nightly campaigns: its commands, and what they need.

use std::borrow::Cow;
use std::process::Command;

use likewise_testkit::installer::is_in_path;

use crate::repository;

/// Where a command names the packages that `-p` selects.
const PACKAGES: &str = "{packages}";

/// A command of a stage. Arguments are separated by spaces; no argument contains a space.
#[derive(Clone, Copy)]
pub(crate) enum StageCommand {
    /// Arguments of cargo. `{packages}` stands for the selected packages.
    Cargo(&'static str),
    /// A program that an earlier command of the same stage built without optimisation, and its arguments.
    Built(&'static str),
}

/// Builds the tests, and with them every program that a test runs.
///
/// Stages that run such a program start with this command. It takes seconds after the stage `tests`, because both select the
/// same packages. `cargo run` would not share the build: it selects fewer features of the dependencies, so it would compile most of
/// them again.
pub(crate) const BUILD_TESTS: StageCommand =
    StageCommand::Cargo("test --quiet --workspace --locked --no-run");

impl StageCommand {
    /// The command line for these packages, without variables.
    fn line(self, packages: &str) -> String {
        match self {
            Self::Cargo(arguments) => format!("cargo {}", arguments.replace(PACKAGES, packages)),
            Self::Built(command) => format!("target/debug/{command}"),
        }
    }

    /// The command as a process in the repository's root.
    fn process(self, packages: &str) -> Command {
        let (mut process, arguments) = match self {
            Self::Cargo(arguments) => (repository::cargo(), arguments),
            Self::Built(command) => {
                let (program, arguments) = command.split_once(' ').unwrap_or((command, ""));
                (repository::built_program(program), arguments)
            }
        };
        process.args(arguments.replace(PACKAGES, packages).split_whitespace());
        process
    }

    fn takes_packages(self) -> bool {
        matches!(self, Self::Cargo(arguments) if arguments.contains(PACKAGES))
    }
}

/// One stage: commands that run one after another, and what they need.
pub(crate) struct Stage {
    /// The name that `--only` takes.
    pub(crate) name: &'static str,
    /// What the stage checks, as a sentence without a full stop.
    pub(crate) checks: &'static str,
    pub(crate) commands: &'static [StageCommand],
    /// Environment variables of these commands only.
    pub(crate) env: &'static [(&'static str, &'static str)],
    /// Whether `LIKEWISE_TEST_POSTGRES` must contain the URL of a PostgreSQL server.
    pub(crate) needs_postgres: bool,
    /// A program without which the stage is left out.
    pub(crate) needs_program: Option<&'static str>,
    /// A command that often repairs what this stage finds.
    pub(crate) repair: Option<&'static str>,
}

/// A stage without commands and needs, as the base of the tables.
pub(crate) const EMPTY: Stage = Stage {
    name: "",
    checks: "",
    commands: &[],
    env: &[],
    needs_postgres: false,
    needs_program: None,
    repair: None,
};

impl Stage {
    /// The processes to run for these packages; none means the whole workspace.
    pub(crate) fn processes(&self, packages: &[String]) -> Vec<Command> {
        let selected = selected(packages);
        let process = |command: &StageCommand| {
            let mut process = command.process(&selected);
            process.envs(self.env.iter().copied());
            process
        };
        self.commands.iter().map(process).collect()
    }

    /// Whether the stage can check a single package.
    pub(crate) fn takes_packages(&self) -> bool {
        self.commands.iter().any(|command| command.takes_packages())
    }

    /// Whether the program that the stage needs is not installed.
    ///
    /// A stage that is left out says so in the summary. It must never look as if it had passed.
    pub(crate) fn lacks_program(&self) -> bool {
        self.needs_program
            .is_some_and(|program| !is_in_path(program))
    }

    /// The commands as a person would type them. `$URL` stands for the URL of the temporary PostgreSQL.
    ///
    /// They are what CI logs and error messages show, so they must work when pasted.
    pub(crate) fn command_lines(&self, packages: &[String]) -> Vec<String> {
        let variables = self
            .env
            .iter()
            .map(|(name, value)| format!("{name}=\"{value}\" "));
        let postgres = self
            .needs_postgres
            .then(|| "LIKEWISE_TEST_POSTGRES=$URL ".to_owned());
        let prefix: String = variables.chain(postgres).collect();
        let selected = selected(packages);
        self.commands
            .iter()
            .map(|command| format!("{prefix}{}", command.line(&selected)))
            .collect()
    }
}

/// The arguments that select these packages.
fn selected(packages: &[String]) -> Cow<'static, str> {
    match packages {
        [] => Cow::from("--workspace"),
        some => Cow::from(format!("-p {}", some.join(" -p "))),
    }
}

/// The stages to run, always in the table's order.
///
/// Without names these are all stages. With packages they are the stages that can check a single package, and the named ones.
pub(crate) fn chosen<'s>(
    table: &'s [Stage],
    only: &[String],
    packages: &[String],
) -> Vec<&'s Stage> {
    let is_named = |stage: &Stage| only.iter().any(|name| name == stage.name);
    let is_default =
        |stage: &Stage| only.is_empty() && (packages.is_empty() || stage.takes_packages());
    table
        .iter()
        .filter(|stage| is_named(stage) || is_default(stage))
        .collect()
}

/// A table of stages as text: name, what it checks, and the commands.
pub(crate) fn listing(table: &[Stage]) -> String {
    let entry = |stage: &Stage| {
        let lines: String = stage
            .command_lines(&[])
            .iter()
            .map(|line| format!("{:<13} {line}\n", ""))
            .collect();
        format!("{:<13} {}\n{lines}", stage.name, stage.checks)
    };
    table.iter().map(entry).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &[Stage] = &[
        Stage {
            name: "fmt",
            checks: "the sources are formatted",
            commands: &[StageCommand::Cargo("fmt --all -- --check")],
            ..EMPTY
        },
        Stage {
            name: "tests",
            checks: "the tests pass",
            commands: &[
                StageCommand::Cargo("test {packages} --locked"),
                StageCommand::Built("program --all"),
            ],
            env: &[("RUSTFLAGS", "--cfg one")],
            needs_postgres: true,
            ..EMPTY
        },
    ];

    fn names(only: &[&str], packages: &[&str]) -> Vec<&'static str> {
        let owned = |words: &[&str]| words.iter().map(ToString::to_string).collect::<Vec<_>>();
        let stages = chosen(TABLE, &owned(only), &owned(packages));
        stages.iter().map(|stage| stage.name).collect()
    }

    #[test]
    fn without_names_every_stage_runs_in_order() {
        assert_eq!(names(&[], &[]), ["fmt", "tests"]);
    }

    /// Cheap stages come first in the table, whatever the order on the command line.
    #[test]
    fn named_stages_keep_the_order_of_the_table_and_run_once() {
        assert_eq!(names(&["tests", "fmt", "tests"], &[]), ["fmt", "tests"]);
    }

    #[test]
    fn a_package_leaves_out_the_stages_that_check_the_whole_repository() {
        assert_eq!(names(&[], &["likewise"]), ["tests"]);
        assert_eq!(names(&["fmt"], &["likewise"]), ["fmt"]);
    }

    #[test]
    fn command_lines_can_be_pasted_into_a_shell() {
        assert_eq!(TABLE[0].command_lines(&[]), ["cargo fmt --all -- --check"]);
        let prefix = "RUSTFLAGS=\"--cfg one\" LIKEWISE_TEST_POSTGRES=$URL ";
        assert_eq!(
            TABLE[1].command_lines(&["one", "two"].map(str::to_owned)),
            [
                format!("{prefix}cargo test -p one -p two --locked"),
                format!("{prefix}target/debug/program --all")
            ]
        );
    }

    #[test]
    fn a_process_gets_the_arguments_and_variables_of_its_command() {
        let [cargo, program] = &TABLE[1].processes(&[])[..] else {
            panic!("two commands");
        };
        let arguments = |process: &Command| {
            let arguments = process
                .get_args()
                .map(|it| it.to_string_lossy().into_owned());
            arguments.collect::<Vec<_>>()
        };
        assert_eq!(arguments(cargo), ["test", "--workspace", "--locked"]);
        assert_eq!(arguments(program), ["--all"]);
        let path = program.get_program().to_string_lossy();
        assert!(path.ends_with("debug/program"), "{path}");
        let has_variable =
            |process: &Command| process.get_envs().any(|(name, _)| name == "RUSTFLAGS");
        assert!(has_variable(cargo) && has_variable(program));
    }

    #[test]
    fn a_program_that_does_not_exist_is_lacking() {
        let stage = Stage {
            needs_program: Some("likewise-no-such-program"),
            ..EMPTY
        };
        assert!(stage.lacks_program());
        assert!(!EMPTY.lacks_program());
    }
}
