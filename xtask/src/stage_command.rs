//! A command of a stage: cargo, or a program that an earlier command built.

use std::process::Command;

use crate::repository;

/// Where a command names the packages that `-p` selects.
const PACKAGES: &str = "{packages}";

/// A command of a stage. Arguments are separated by spaces; no argument contains a space.
#[derive(Clone, Copy)]
pub(crate) enum StageCommand {
    /// Arguments of cargo. `{packages}` stands for the selected packages. Arguments in brackets are only for the whole workspace.
    Cargo(&'static str),
    /// A program that an earlier command of the same stage built without optimisation, and its arguments.
    Built(&'static str),
    /// Another program and its arguments, in the root of the repository.
    Program(&'static str),
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
    pub(crate) fn line(self, packages: &[String]) -> String {
        match self {
            Self::Cargo(arguments) => format!("cargo {}", for_packages(arguments, packages)),
            Self::Built(command) => format!("target/debug/{command}"),
            Self::Program(command) => command.to_owned(),
        }
    }

    /// The command as a process in the repository's root.
    pub(crate) fn process(self, packages: &[String]) -> Command {
        let (mut process, arguments) = match self {
            Self::Cargo(arguments) => (repository::cargo(), for_packages(arguments, packages)),
            Self::Built(command) => {
                let (program, arguments) = command.split_once(' ').unwrap_or((command, ""));
                (repository::built_program(program), arguments.to_owned())
            }
            Self::Program(command) => {
                let (program, arguments) = command.split_once(' ').unwrap_or((command, ""));
                (repository::program(program), arguments.to_owned())
            }
        };
        process.args(arguments.split_whitespace());
        process
    }

    pub(crate) fn takes_packages(self) -> bool {
        matches!(self, Self::Cargo(arguments) if arguments.contains(PACKAGES))
    }
}

/// The arguments of a command for these packages; none means the whole workspace.
fn for_packages(arguments: &str, packages: &[String]) -> String {
    if packages.is_empty() {
        let all = arguments.replace(['[', ']'], "");
        return all.replace(PACKAGES, "--workspace");
    }
    let selected = format!("-p {}", packages.join(" -p "));
    let (before, rest) = arguments.split_once('[').unwrap_or((arguments, ""));
    let after = rest.split_once("] ").map_or("", |(_, after)| after);
    format!("{before}{after}").replace(PACKAGES, &selected)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_in_brackets_are_only_for_the_whole_workspace() {
        let arguments = "test {packages} [--lib --test cli] --locked";
        assert_eq!(
            for_packages(arguments, &[]),
            "test --workspace --lib --test cli --locked"
        );
        let two = ["one", "two"].map(str::to_owned);
        assert_eq!(for_packages(arguments, &two), "test -p one -p two --locked");
    }
}
