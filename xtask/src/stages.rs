//! What the gate checks: one table; stages that share what they build stand together.
//!
//! The help text, `--list`, `--only` and the run itself all read this table, so a stage is added in one place.

use clap::builder::PossibleValuesParser;

/// One step of the gate: a cargo command and what it needs.
pub(crate) struct Stage {
    /// The name `--only` takes.
    pub(crate) name: &'static str,
    /// What the stage proves, for its headline.
    pub(crate) proves: &'static str,
    /// What is given to cargo; no argument holds a space.
    pub(crate) cargo: &'static str,
    /// Environment variables set for this stage only.
    pub(crate) env: &'static [(&'static str, &'static str)],
    /// Whether the command finds a PostgreSQL server's URL in `LIKEWISE_TEST_POSTGRES`.
    pub(crate) needs_postgres: bool,
    /// A command that often repairs what this stage finds.
    pub(crate) repair: Option<&'static str>,
}

/// The gate, in order.
pub(crate) const STAGES: &[Stage] = &[
    Stage {
        name: "fmt",
        proves: "the sources are formatted",
        cargo: "fmt --all -- --check",
        repair: Some("cargo fmt --all"),
        ..PLAIN
    },
    Stage {
        name: "clippy",
        proves: "the linters have nothing to say",
        cargo: "clippy --workspace --all-targets --locked -- -D warnings",
        ..PLAIN
    },
    Stage {
        name: "docs",
        proves: "the documentation builds and its links resolve",
        cargo: "doc --workspace --no-deps --locked",
        // The variable replaces what .cargo/config.toml says, so the flag the simulator insists on is repeated.
        env: &[("RUSTDOCFLAGS", "--cfg tokio_unstable -D warnings")],
        ..PLAIN
    },
    Stage {
        name: "tests",
        proves: "the tests pass, on SQLite and on a temporary PostgreSQL",
        cargo: "test --workspace --locked -- --include-ignored",
        needs_postgres: true,
        ..PLAIN
    },
    Stage {
        name: "doctor",
        proves: "a simulation is a pure function of its plan",
        cargo: "run --quiet --release --locked --bin likewise-chaos -- doctor",
        ..PLAIN
    },
    Stage {
        name: "specimens",
        proves: "every deliberately wrong system is caught",
        cargo: "run --quiet --release --locked --bin likewise-chaos -- specimens",
        ..PLAIN
    },
    Stage {
        name: "browser",
        proves: "the report's page works in a browser",
        cargo: "run --quiet --locked --package xtask -- browser",
        ..PLAIN
    },
    Stage {
        name: "counts",
        proves: "the pure parts of a like keep to their budget of instructions",
        cargo: "run --quiet --locked --package xtask -- counts",
        repair: Some("cargo xtask counts --renew (if it is meant)"),
        ..PLAIN
    },
];

/// A stage that needs nothing but cargo.
const PLAIN: Stage = Stage {
    name: "",
    proves: "",
    cargo: "",
    env: &[],
    needs_postgres: false,
    repair: None,
};

impl Stage {
    /// The command as one would type it; a temporary PostgreSQL's URL is left as `$URL`.
    pub(crate) fn command_line(&self) -> String {
        let variables = self
            .env
            .iter()
            .map(|(name, value)| format!("{name}=\"{value}\" "));
        let postgres = self
            .needs_postgres
            .then(|| "LIKEWISE_TEST_POSTGRES=$URL ".to_owned());
        let prefix: String = variables.chain(postgres).collect();
        format!("{prefix}cargo {}", self.cargo)
    }
}

/// The stages to run, always in the gate's order; all of them if none is named.
pub(crate) fn chosen(only: &[String]) -> Vec<&'static Stage> {
    let wanted = |stage: &&Stage| only.is_empty() || only.iter().any(|name| name == stage.name);
    STAGES.iter().filter(wanted).collect()
}

/// Accepts exactly the table's names on the command line.
pub(crate) fn names() -> PossibleValuesParser {
    PossibleValuesParser::new(STAGES.iter().map(|stage| stage.name))
}

/// The table as text: name, what it proves, and the command.
pub(crate) fn listing() -> String {
    let entry = |stage: &Stage| {
        format!(
            "{:<10} {}\n{:<10} {}\n",
            stage.name,
            stage.proves,
            "",
            stage.command_line()
        )
    };
    STAGES.iter().map(entry).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names_of(stages: &[&Stage]) -> Vec<&'static str> {
        stages.iter().map(|stage| stage.name).collect()
    }

    #[test]
    fn everything_runs_in_order_when_nothing_is_named() {
        assert_eq!(
            names_of(&chosen(&[])),
            [
                "fmt",
                "clippy",
                "docs",
                "tests",
                "doctor",
                "specimens",
                "browser",
                "counts"
            ]
        );
    }

    #[test]
    fn named_stages_keep_the_gates_order_and_run_once() {
        let only = ["tests", "fmt", "tests"].map(str::to_owned);
        assert_eq!(names_of(&chosen(&only)), ["fmt", "tests"]);
    }

    #[test]
    fn every_stage_that_compiles_holds_the_lock_file_still() {
        let compiles = STAGES.iter().filter(|stage| stage.name != "fmt");
        let loose: Vec<_> = compiles
            .filter(|stage| !stage.cargo.contains("--locked"))
            .map(|stage| stage.name)
            .collect();
        assert!(loose.is_empty(), "without --locked: {loose:?}");
    }

    #[test]
    fn command_lines_can_be_pasted() {
        let lines: Vec<_> = STAGES.iter().map(Stage::command_line).collect();
        assert_eq!(lines[0], "cargo fmt --all -- --check");
        assert_eq!(
            lines[2],
            "RUSTDOCFLAGS=\"--cfg tokio_unstable -D warnings\" cargo doc --workspace --no-deps --locked"
        );
        assert_eq!(
            lines[3],
            "LIKEWISE_TEST_POSTGRES=$URL cargo test --workspace --locked -- --include-ignored"
        );
    }
}
