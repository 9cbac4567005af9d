//! Records what the program is built from: the commit, whether tracked files differ from it, and the compiler.
//!
//! `src/provenance.rs` puts these values into every report. Outside of a repository, and where git is not installed,
//! the commit is `unknown`.

use std::{env, path::Path, process::Command};

/// Paths whose change makes the recorded values stale: the state of git, and the sources of the program.
const WATCHED: [&str; 11] = [
    "../../.git/HEAD",
    "../../.git/index",
    "../../Cargo.lock",
    "../../system",
    "../../sim/world/src",
    "../../sim/search/src",
    "../../sim/likes/src",
    "../../reports/src",
    "../likes/src",
    "src",
    "build.rs",
];

fn main() {
    for path in WATCHED.into_iter().filter(|path| Path::new(path).exists()) {
        println!("cargo::rerun-if-changed={path}");
    }
    let commit = output_of("git", &["rev-parse", "HEAD"]);
    // Without the option, git writes the index, which is watched: the next command would build everything here again.
    let status = [
        "--no-optional-locks",
        "status",
        "--porcelain",
        "--untracked-files=no",
    ];
    let changes = output_of("git", &status);
    let rustc = output_of(&env::var("RUSTC").unwrap_or_default(), &["--version"]);
    let unknown = || "unknown".to_owned();
    let dirty = changes.is_some_and(|changes| !changes.is_empty());
    println!(
        "cargo::rustc-env=LIKEWISE_COMMIT={}",
        commit.unwrap_or_else(unknown)
    );
    println!("cargo::rustc-env=LIKEWISE_DIRTY={dirty}");
    println!(
        "cargo::rustc-env=LIKEWISE_RUSTC={}",
        rustc.unwrap_or_else(unknown)
    );
}

/// The standard output of a program, or nothing if it is missing or fails.
fn output_of(program: &str, arguments: &[&str]) -> Option<String> {
    let output = Command::new(program).args(arguments).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| text.trim().to_owned())
}
