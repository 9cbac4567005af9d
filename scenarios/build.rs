//! Tells the program what it was built from: the commit, whether files differed from it, and the compiler. Outside of a
//! repository, and without git, the commit is unknown.

use std::{env, path::Path, process::Command};

/// What decides whether the answer is still right: git's own state, and everything the program is made of.
const WATCHED: [&str; 8] = [
    "../.git/HEAD",
    "../.git/index",
    "../Cargo.lock",
    "../system",
    "../sim/src",
    "../reports/src",
    "src",
    "build.rs",
];

fn main() {
    for path in WATCHED.into_iter().filter(|path| Path::new(path).exists()) {
        println!("cargo::rerun-if-changed={path}");
    }
    let commit = said("git", &["rev-parse", "HEAD"]);
    let changes = said("git", &["status", "--porcelain", "--untracked-files=no"]);
    let rustc = said(&env::var("RUSTC").unwrap_or_default(), &["--version"]);
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

/// What a program says; nothing if it is not there or fails.
fn said(program: &str, arguments: &[&str]) -> Option<String> {
    let output = Command::new(program).args(arguments).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| text.trim().to_owned())
}
