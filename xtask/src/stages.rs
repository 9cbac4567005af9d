//! The stages of `cargo xtask test` and of `cargo xtask nightly`, in order. The help texts, `--list`, `--only` and the runs all
//! read these tables.
//!
//! Stages that need no build come first, so that a spelling or a format fault is reported within seconds. The stages from `build` to
//! `planted-bugs` share one build without optimisation of our own code. Cargo.toml optimises the dependencies in which the simulator
//! spends its time. A second, optimised build of everything took longer than it saved. Only `counts` needs an optimised build, of
//! the rules and their messages alone.
//!
//! Tests that wait, and the browser, run in the background while the next stages compute:
//!
//! ```text
//!  build ─┬─ services ───────┬─ browser ──────────────────────┬─►
//!         └─ tests, doctests ┴─ doctor, planted-bugs, counts ─┘
//! ```

use crate::stage::{EMPTY, Stage};
use crate::stage_command::BUILD_TESTS;
use crate::stage_command::StageCommand::{Built, Cargo, Program};

/// Every check that a change must pass.
pub(crate) const TEST_STAGES: &[Stage] = &[
    Stage {
        name: "words",
        checks: "no retired word is used",
        commands: &[Cargo("run --quiet --locked --package xtask -- words")],
        repair: Some("the word that it prints instead; xtask/retired_words.tsv is the list"),
        ..EMPTY
    },
    Stage {
        name: "deny",
        checks: "licenses, versions and sources of the dependencies are acceptable",
        commands: &[Cargo("deny --locked check licenses bans sources")],
        needs_program: Some("cargo-deny"),
        ..EMPTY
    },
    Stage {
        name: "fmt",
        checks: "the sources are formatted",
        commands: &[Cargo("fmt --all -- --check")],
        repair: Some("cargo xtask fix"),
        ..EMPTY
    },
    Stage {
        name: "clippy",
        checks: "the linters find nothing",
        commands: &[Cargo(
            "clippy {packages} --all-targets --locked -- -D warnings",
        )],
        repair: Some("cargo xtask fix"),
        ..EMPTY
    },
    Stage {
        name: "docs",
        checks: "the documentation builds and its links resolve",
        commands: &[Cargo("doc {packages} --no-deps --locked")],
        // The variable replaces the flags of .cargo/config.toml, so the flag that the simulator insists on is repeated.
        env: &[("RUSTDOCFLAGS", "--cfg tokio_unstable -D warnings")],
        ..EMPTY
    },
    Stage {
        name: "build",
        part_of: Some("tests"),
        checks: "the tests and all programs compile",
        commands: &[Cargo("test {packages} --locked --no-run")],
        ..EMPTY
    },
    Stage {
        name: "services",
        part_of: Some("tests"),
        checks: "the services pass their tests, on SQLite and on a temporary PostgreSQL",
        commands: &[Cargo(
            "test --workspace --test command --test conformance --test http --test kill --test lease \
             --locked --no-fail-fast -- --include-ignored",
        )],
        // These tests wait for processes and time-outs. The next stages use the processor during that time.
        in_background: true,
        needs_postgres: true,
        ..EMPTY
    },
    Stage {
        name: "tests",
        checks: "all other tests pass, on SQLite and on a temporary PostgreSQL",
        commands: &[Cargo(
            "test {packages} [--lib --bins --test check --test cli --test coordinator --test executor --test faults --test markdown \
             --test postgres --test postgres_lifetime --test regressions --test runs --test search --test sqlite --test stories --test sweep --test transfers] \
             --locked --no-fail-fast -- --include-ignored --skip nightly_",
        )],
        needs_postgres: true,
        ..EMPTY
    },
    Stage {
        name: "browser",
        checks: "the report's page works in a browser",
        commands: &[Cargo("run --quiet --locked --package xtask -- browser")],
        // The browser uses one processor.
        in_background: true,
        ..EMPTY
    },
    Stage {
        name: "otlp",
        part_of: Some("tests"),
        checks: "the exporter of traces compiles, and a collector gets the spans of three processes",
        commands: &[
            Cargo(
                "clippy --workspace --features likewise/otlp --lib --bins --locked -- -D warnings",
            ),
            Cargo("test --workspace --features likewise/otlp --locked --test otlp"),
        ],
        ..EMPTY
    },
    Stage {
        name: "doctests",
        part_of: Some("tests"),
        checks: "the examples in the documentation run",
        commands: &[Cargo(
            "test --workspace --doc --locked --no-fail-fast -- --include-ignored",
        )],
        ..EMPTY
    },
    Stage {
        name: "api",
        checks: "every answer of a process is one that the API document has",
        commands: &[Cargo("run --quiet --locked --package xtask -- api")],
        ..EMPTY
    },
    Stage {
        name: "doctor",
        checks: "a simulation is a pure function of its plan",
        commands: &[BUILD_TESTS, Built("likewise-chaos doctor")],
        ..EMPTY
    },
    Stage {
        name: "planted-bugs",
        checks: "every planted bug is caught",
        commands: &[BUILD_TESTS, Built("likewise-chaos planted-bugs")],
        ..EMPTY
    },
    Stage {
        name: "counts",
        checks: "the pure parts of a like stay within their budget of instructions",
        commands: &[Cargo("run --quiet --locked --package xtask -- counts")],
        repair: Some("cargo xtask counts --renew (if the change is intended)"),
        ..EMPTY
    },
];

/// The campaigns that take too long for every change. They use the optimised build of `cargo chaos`.
/// The checks of `deploy/`, and the Debian package. Each is left out where its program is missing.
pub(crate) const PACKAGE_STAGES: &[Stage] = &[
    Stage {
        name: "image",
        checks: "the container image follows the usual rules",
        commands: &[Program("hadolint deploy/service/Dockerfile")],
        needs_program: Some("hadolint"),
        ..EMPTY
    },
    Stage {
        name: "compose",
        checks: "the compose file is valid",
        commands: &[
            Program("deploy/compose/secrets.sh"),
            Program("docker-compose --file deploy/compose.yaml config --quiet"),
        ],
        needs_program: Some("docker-compose"),
        ..EMPTY
    },
    Stage {
        name: "kubernetes",
        checks: "the manifests are complete",
        commands: &[Program(
            "kubectl kustomize deploy/kubernetes/likewise --output target/package/kubernetes.yaml",
        )],
        needs_program: Some("kubectl"),
        ..EMPTY
    },
    Stage {
        name: "systemd",
        checks: "the units leave little to attack",
        commands: &[
            Program(
                "systemd-analyze security --no-pager --offline=true --threshold=20 deploy/systemd/likewise.service",
            ),
            Program(
                "systemd-analyze security --no-pager --offline=true --threshold=20 deploy/systemd/likewise-article.service",
            ),
            Program(
                "systemd-analyze security --no-pager --offline=true --threshold=20 deploy/systemd/likewise-user.service",
            ),
            Program(
                "systemd-analyze security --no-pager --offline=true --threshold=20 deploy/systemd/likewise-coordinator.service",
            ),
        ],
        needs_program: Some("systemd-analyze"),
        ..EMPTY
    },
    Stage {
        name: "deb",
        checks: "the Debian package can be built, and has what it needs",
        commands: &[
            Cargo("build --profile dist --locked --package likewise"),
            Program("deploy/debian/pages.sh target/dist/likewise target/package"),
            Cargo(
                "deb --package likewise --profile dist --no-build --locked --output target/package/likewise.deb",
            ),
            Program("dpkg-deb --contents target/package/likewise.deb"),
        ],
        needs_program: Some("cargo-deb"),
        ..EMPTY
    },
];

pub(crate) const NIGHTLY_STAGES: &[Stage] = &[
    Stage {
        name: "swarm",
        checks: "every invariant holds in 50,000 random plans",
        commands: &[Cargo(
            "run --quiet --release --locked --bin likewise-chaos -- run --seeds 50000 --out target/nightly/swarm",
        )],
        ..EMPTY
    },
    Stage {
        name: "pairs",
        checks: "every invariant holds with every pair of faults",
        commands: &[Cargo(
            "run --quiet --release --locked --bin likewise-chaos -- exhaust --pairs --out target/nightly/pairs",
        )],
        ..EMPTY
    },
    Stage {
        name: "detection",
        checks: "every planted bug is caught within its number of plans",
        commands: &[Cargo(
            "run --quiet --release --locked --bin likewise-chaos -- planted-bugs --measure",
        )],
        ..EMPTY
    },
    Stage {
        name: "model",
        checks: "no interleaving of the protocol violates an invariant",
        commands: &[Cargo(
            "run --quiet --release --locked --bin likewise-chaos -- model",
        )],
        ..EMPTY
    },
    Stage {
        name: "doctor",
        checks: "500 seeds are deterministic",
        commands: &[Cargo(
            "run --quiet --release --locked --bin likewise-chaos -- doctor --seeds 500",
        )],
        ..EMPTY
    },
    Stage {
        name: "retention",
        checks: "tables stay bounded over 20,000 sagas",
        commands: &[Cargo(
            "test --workspace --locked --test stories -- --ignored nightly_",
        )],
        ..EMPTY
    },
    Stage {
        name: "browser",
        checks: "the report's page works in a browser, ten times in a row",
        commands: &[Cargo(
            "run --quiet --locked --package xtask -- browser --repeat 10",
        )],
        ..EMPTY
    },
];

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::*;
    use crate::repository;

    fn names(table: &[Stage]) -> Vec<&'static str> {
        table.iter().map(|stage| stage.name).collect()
    }

    #[test]
    fn stages_without_a_build_come_first() {
        assert_eq!(
            names(TEST_STAGES),
            [
                "words",
                "deny",
                "fmt",
                "clippy",
                "docs",
                "build",
                "services",
                "tests",
                "browser",
                "otlp",
                "doctests",
                "api",
                "doctor",
                "planted-bugs",
                "counts"
            ]
        );
    }

    /// A check that changes the lock file would check something that nobody committed.
    #[test]
    fn every_stage_that_compiles_forbids_changes_of_the_lock_file() {
        let all = TEST_STAGES.iter().chain(NIGHTLY_STAGES);
        let commands = all
            .chain(PACKAGE_STAGES)
            .filter(|stage| stage.name != "fmt")
            .flat_map(|stage| stage.command_lines(&[]));
        let loose: Vec<_> = commands
            .filter(|line| line.contains("cargo ") && !line.contains("--locked"))
            .collect();
        assert!(loose.is_empty(), "without --locked: {loose:?}");
    }

    /// A package may lack the test targets that a background stage names, and cargo would refuse the command.
    #[test]
    fn no_background_stage_takes_packages() {
        let all = TEST_STAGES.iter().chain(NIGHTLY_STAGES);
        let mut background = all.filter(|stage| stage.in_background);
        assert!(background.all(|stage| !stage.takes_packages()));
    }

    /// The integration tests of a package: the files in `tests/`, and the folders in it that have a `main.rs`.
    fn integration_tests(package: &Path) -> Vec<String> {
        let Ok(entries) = fs::read_dir(package.join("tests")) else {
            return Vec::new();
        };
        let paths = entries.map(|entry| entry.unwrap().path());
        let targets = paths.filter(|path| {
            path.extension().is_some_and(|it| it == "rs") || path.join("main.rs").exists()
        });
        let names = targets.map(|path| path.file_stem().unwrap().to_string_lossy().into_owned());
        names.collect()
    }

    /// A target that no stage names would never run.
    #[test]
    fn every_integration_test_belongs_to_exactly_one_stage() {
        let root = repository::root();
        let workspace = fs::read_to_string(root.join("Cargo.toml")).unwrap();
        let members = workspace
            .lines()
            .find(|line| line.starts_with("members = ["));
        let mut targets: Vec<String> = Vec::new();
        for member in members.unwrap().split('"').skip(1).step_by(2) {
            let package = root.join(member);
            let manifest = fs::read_to_string(package.join("Cargo.toml")).unwrap();
            assert!(!manifest.contains("[[test]]"), "{member} names its tests");
            targets.extend(integration_tests(&package));
        }
        let lines: Vec<String> = TEST_STAGES
            .iter()
            .flat_map(|stage| stage.command_lines(&[]))
            .collect();
        let words = lines.iter().flat_map(|line| line.split(' '));
        let pairs = words.clone().zip(words.skip(1));
        let mut named: Vec<_> = pairs
            .filter(|(option, _)| *option == "--test")
            .map(|(_, target)| target.to_owned())
            .collect();
        targets.sort();
        named.sort();
        assert_eq!(named, targets, "left: in a stage; right: in a folder");
    }

    /// The workflow lists the stages itself, because each of them is a job.
    #[test]
    fn the_nightly_workflow_runs_every_nightly_stage() {
        let path = repository::root().join(".github/workflows/nightly.yml");
        let workflow = fs::read_to_string(path).unwrap();
        let expected = format!("stage: [{}]", names(NIGHTLY_STAGES).join(", "));
        assert!(workflow.contains(&expected), "no line `{expected}`");
    }
}
