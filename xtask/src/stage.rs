//! One stage of the test command or of the nightly campaigns: cargo commands, and what they need.

use std::borrow::Cow;

use likewise_testkit::installer::is_in_path;

/// Where a command names the packages that `-p` selects.
const PACKAGES: &str = "{packages}";

/// One stage: cargo commands that run one after another, and what they need.
pub(crate) struct Stage {
    /// The name that `--only` takes.
    pub(crate) name: &'static str,
    /// What the stage checks, as a sentence without a full stop.
    pub(crate) checks: &'static str,
    /// Arguments of cargo, separated by spaces; no argument contains a space. `{packages}` stands for the selected packages.
    pub(crate) commands: &'static [&'static str],
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
    /// The arguments of each command for these packages; none means the whole workspace.
    pub(crate) fn arguments(&self, packages: &[String]) -> Vec<String> {
        let selected = match packages {
            [] => Cow::from("--workspace"),
            some => Cow::from(format!("-p {}", some.join(" -p "))),
        };
        self.commands
            .iter()
            .map(|command| command.replace(PACKAGES, &selected))
            .collect()
    }

    /// Whether the stage can check a single package.
    pub(crate) fn takes_packages(&self) -> bool {
        self.commands
            .iter()
            .any(|command| command.contains(PACKAGES))
    }

    /// Whether the program that the stage needs is not installed.
    pub(crate) fn lacks_program(&self) -> bool {
        self.needs_program
            .is_some_and(|program| !is_in_path(program))
    }

    /// The commands as a person would type them. `$URL` stands for the URL of the temporary PostgreSQL.
    pub(crate) fn command_lines(&self, packages: &[String]) -> Vec<String> {
        let variables = self
            .env
            .iter()
            .map(|(name, value)| format!("{name}=\"{value}\" "));
        let postgres = self
            .needs_postgres
            .then(|| "LIKEWISE_TEST_POSTGRES=$URL ".to_owned());
        let prefix: String = variables.chain(postgres).collect();
        self.arguments(packages)
            .iter()
            .map(|arguments| format!("{prefix}cargo {arguments}"))
            .collect()
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
            commands: &["fmt --all -- --check"],
            ..EMPTY
        },
        Stage {
            name: "tests",
            checks: "the tests pass",
            commands: &["test {packages} --locked"],
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
        assert_eq!(
            TABLE[1].command_lines(&[]),
            ["RUSTFLAGS=\"--cfg one\" LIKEWISE_TEST_POSTGRES=$URL cargo test --workspace --locked"]
        );
        let packages = ["one", "two"].map(str::to_owned);
        assert_eq!(
            TABLE[1].arguments(&packages),
            ["test -p one -p two --locked"]
        );
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
