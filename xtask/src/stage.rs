//! One stage of the test command or of the nightly campaigns: its commands, and what they need.

use std::process::Command;

use likewise_testkit::installer::is_in_path;

use crate::stage_command::StageCommand;

/// One stage: commands that run one after another, and what they need.
pub(crate) struct Stage {
    /// The name that `--only` takes.
    pub(crate) name: &'static str,
    /// The name of a later or earlier stage. `--only` with that name selects this stage as well.
    pub(crate) part_of: Option<&'static str>,
    /// What the stage checks, as a sentence without a full stop.
    pub(crate) checks: &'static str,
    pub(crate) commands: &'static [StageCommand],
    /// Whether the stages after it start at once, while its own commands run. It ends before the next such stage starts.
    pub(crate) in_background: bool,
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
    part_of: None,
    checks: "",
    commands: &[],
    in_background: false,
    env: &[],
    needs_postgres: false,
    needs_program: None,
    repair: None,
};

impl Stage {
    /// The processes to run for these packages; none means the whole workspace.
    pub(crate) fn processes(&self, packages: &[String]) -> Vec<Command> {
        let process = |command: &StageCommand| {
            let mut process = command.process(packages);
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
        self.commands
            .iter()
            .map(|command| format!("{prefix}{}", command.line(packages)))
            .collect()
    }
}

/// The stages to run, always in the table's order.
///
/// Without names these are all stages. With names they are the named ones and their parts. With packages, stages that cannot check
/// a single package run only if they are named themselves.
pub(crate) fn chosen<'s>(
    table: &'s [Stage],
    only: &[String],
    packages: &[String],
) -> Vec<&'s Stage> {
    let is_named = |name: &str| only.iter().any(|named| named == name);
    let is_selected = |stage: &Stage| only.is_empty() || stage.part_of.is_some_and(is_named);
    let fits = |stage: &Stage| packages.is_empty() || stage.takes_packages();
    table
        .iter()
        .filter(|stage| is_named(stage.name) || (is_selected(stage) && fits(stage)))
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
        let how = match stage.in_background {
            true => "; runs while the next stages run",
            false => "",
        };
        format!("{:<13} {}{how}\n{lines}", stage.name, stage.checks)
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
            name: "services",
            part_of: Some("tests"),
            checks: "the services pass their tests",
            commands: &[StageCommand::Cargo("test --workspace --test http")],
            in_background: true,
            ..EMPTY
        },
        Stage {
            name: "tests",
            checks: "the tests pass",
            commands: &[
                StageCommand::Cargo("test {packages} [--lib --test cli] --locked"),
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
        assert_eq!(names(&[], &[]), ["fmt", "services", "tests"]);
    }

    /// Cheap stages come first in the table, whatever the order on the command line.
    #[test]
    fn named_stages_keep_the_order_of_the_table_and_run_once() {
        let selected = names(&["tests", "fmt", "tests"], &[]);
        assert_eq!(selected, ["fmt", "services", "tests"]);
    }

    #[test]
    fn a_name_selects_the_parts_of_its_stage_and_a_part_runs_alone() {
        assert_eq!(names(&["tests"], &[]), ["services", "tests"]);
        assert_eq!(names(&["services"], &[]), ["services"]);
    }

    #[test]
    fn a_package_leaves_out_the_stages_that_check_the_whole_repository() {
        assert_eq!(names(&[], &["likewise"]), ["tests"]);
        assert_eq!(names(&["fmt"], &["likewise"]), ["fmt"]);
        assert_eq!(names(&["tests"], &["likewise"]), ["tests"]);
    }

    #[test]
    fn command_lines_can_be_pasted_into_a_shell() {
        assert_eq!(TABLE[0].command_lines(&[]), ["cargo fmt --all -- --check"]);
        let prefix = "RUSTFLAGS=\"--cfg one\" LIKEWISE_TEST_POSTGRES=$URL ";
        assert_eq!(
            TABLE[2].command_lines(&["one", "two"].map(str::to_owned)),
            [
                format!("{prefix}cargo test -p one -p two --locked"),
                format!("{prefix}target/debug/program --all")
            ]
        );
    }

    #[test]
    fn the_list_says_which_stages_run_in_background_others() {
        let list = listing(TABLE);
        let services =
            "services      the services pass their tests; runs while the next stages run\n";
        assert!(list.contains(services), "{list}");
        assert!(list.contains("tests         the tests pass\n"), "{list}");
    }

    #[test]
    fn a_process_gets_the_arguments_and_variables_of_its_command() {
        let [cargo, program] = &TABLE[2].processes(&[])[..] else {
            panic!("two commands");
        };
        let arguments = |process: &Command| {
            let arguments = process
                .get_args()
                .map(|it| it.to_string_lossy().into_owned());
            arguments.collect::<Vec<_>>()
        };
        let expected = ["test", "--workspace", "--lib", "--test", "cli", "--locked"];
        assert_eq!(arguments(cargo), expected);
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
