//! `cargo xtask counts`: counts the instructions of the pure parts of a like and compares them with a budget.
//!
//! ```text
//! likewise-counts PART 100 ─┐
//! likewise-counts PART 300 ─┴─ valgrind ──► difference / 200 ──► benches/counts.tsv
//! ```
//!
//! Times differ from machine to machine and from minute to minute. Instruction counts hardly do, so the repository can contain a
//! budget. Each part runs twice, a different number of times. The difference leaves out the start of the program.
//!
//! Another compiler produces other counts. The budget therefore names its compiler, and other compilers are not judged.
//!
//! Valgrind is called directly. The Rust libraries around it need a second program of exactly their version, which takes minutes
//! to build.

use std::{
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use anyhow::{Context, Result, bail, ensure};

use crate::repository;

/// The budget, relative to the repository's root.
const BUDGET: &str = "benches/counts.tsv";
/// The program that runs a part, and the cargo command that builds it.
const PROGRAM: &str = "likewise-counts";
const BUILD: &str = "build --quiet --release --locked --package likewise-counts";
/// How often each of the two runs repeats a part.
const REPETITIONS: [u64; 2] = [100, 300];
/// How much a part may exceed its budget, in per cent. The cost of an allocation depends on addresses, so counts vary a little.
const TOLERANCE_PER_CENT: u64 = 3;

/// The instructions of one run of each part.
type Counts = Vec<(String, u64)>;

/// Counts, and then compares with the budget or replaces it.
///
/// # Errors
/// A part exceeds its budget or has none, or the instructions could not be counted.
pub(crate) fn run(renew: bool) -> Result<()> {
    if Command::new("valgrind").arg("--version").output().is_err() {
        println!("left out: valgrind is not installed (Debian: apt-get install valgrind)");
        return Ok(());
    }
    let path = repository::root().join(BUDGET);
    let compiler = compiler()?;
    if renew {
        let renewed = render(&count()?, &compiler);
        fs::write(&path, &renewed).with_context(|| format!("writing {BUDGET}"))?;
        print!("{renewed}");
        return Ok(());
    }
    let budget = fs::read_to_string(&path).with_context(|| format!("reading {BUDGET}"))?;
    let budget_compiler = compiler_of(&budget);
    if budget_compiler != Some(&compiler) {
        println!(
            "left out: {BUDGET} was written with {}, this is {compiler} (cargo xtask counts --renew replaces it)",
            budget_compiler.unwrap_or("an unknown compiler")
        );
        return Ok(());
    }
    let (table, is_within_budget) = compare(&count()?, &parse(&budget)?);
    print!("{table}");
    ensure!(
        is_within_budget,
        "a part takes more instructions than {BUDGET} allows\n    if that is intended: cargo xtask counts --renew"
    );
    Ok(())
}

/// Counts every part.
///
/// Only the package `likewise-counts` is built, so that no other package adds features to the shared dependencies.
/// Other features could change the counts.
fn count() -> Result<Counts> {
    repository::run_cargo(BUILD, &[]).with_context(|| format!("building {PROGRAM}"))?;
    let program = program()?;
    let listed = Command::new(&program)
        .output()
        .context("listing the parts")?;
    standard_output(&listed)?
        .lines()
        .map(|part| {
            let [few, many] = REPETITIONS.map(|times| instructions(&program, part, times));
            let per_run = (many? - few?) / (REPETITIONS[1] - REPETITIONS[0]);
            Ok((part.to_owned(), per_run))
        })
        .collect()
}

/// The path of the program. Cargo puts it into the target folder that contains this program as well.
fn program() -> Result<PathBuf> {
    let here = std::env::current_exe().context("finding this program")?;
    let target = here.parent().and_then(Path::parent);
    Ok(target
        .context("finding the target folder")?
        .join("release")
        .join(PROGRAM))
}

/// Callgrind counts exactly, where the processor's own counters would need rights that containers do not give.
fn instructions(program: &Path, part: &str, times: u64) -> Result<u64> {
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(program)
        .args([part, &times.to_string()])
        .output()
        .context("starting valgrind")?;
    standard_output(&output)?;
    let report = String::from_utf8_lossy(&output.stderr);
    collected(&report).with_context(|| format!("valgrind printed no instruction count:\n{report}"))
}

fn standard_output(output: &Output) -> Result<String> {
    if !output.status.success() {
        bail!(
            "{}\n{}",
            output.status,
            String::from_utf8_lossy(&output.stderr)
        );
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// The number of instructions in valgrind's report.
fn collected(report: &str) -> Option<u64> {
    let (_, rest) = report.split_once("Collected : ")?;
    rest.split_whitespace().next()?.parse().ok()
}

fn compiler() -> Result<String> {
    // The compiler of the repository's toolchain file, whatever the current folder is.
    let output = Command::new("rustc")
        .arg("--version")
        .current_dir(repository::root())
        .output();
    let version = standard_output(&output.context("asking rustc for its version")?)?;
    Ok(version.trim().to_owned())
}

/// The compiler that a budget was written with.
fn compiler_of(budget: &str) -> Option<&str> {
    budget
        .lines()
        .find_map(|line| line.strip_prefix("# compiler: "))
}

fn render(counts: &Counts, compiler: &str) -> String {
    let mut text = format!(
        "# Instructions of one run of each part of benches/counts/src/lib.rs. Renewed by: cargo xtask counts --renew\n\
         # compiler: {compiler}\n"
    );
    for (part, count) in counts {
        let _ = writeln!(text, "{count}\t{part}");
    }
    text
}

fn parse(text: &str) -> Result<Counts> {
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    lines
        .map(|line| {
            let (count, part) = line
                .split_once('\t')
                .with_context(|| format!("{BUDGET}: no tab in {line:?}"))?;
            let count = count.parse();
            Ok((
                part.to_owned(),
                count.with_context(|| format!("{BUDGET}: {line:?}"))?,
            ))
        })
        .collect()
}

/// A line for each part, and whether all parts are within their budgets.
///
/// Fewer instructions than the budget are never an error. The budget is renewed when somebody commits an improvement.
fn compare(counts: &Counts, budget: &Counts) -> (String, bool) {
    let (mut text, mut all) = (String::new(), true);
    for (part, count) in counts {
        let allowed = budget
            .iter()
            .find(|(name, _)| name == part)
            .map(|entry| entry.1);
        let is_within_budget =
            allowed.is_some_and(|allowed| count * 100 <= allowed * (100 + TOLERANCE_PER_CENT));
        all &= is_within_budget;
        let budget = allowed.map_or("none".to_owned(), |allowed| allowed.to_string());
        let verdict = if is_within_budget { "" } else { "  TOO MANY" };
        let _ = writeln!(text, "{part:<36} {count:>10}  budget {budget:>10}{verdict}");
    }
    (text, all)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(count: u64) -> Counts {
        vec![("decide".to_owned(), count)]
    }

    #[test]
    fn a_rendered_budget_can_be_parsed() {
        assert_eq!(
            parse(&render(&counts(1_000), "rustc 1")).unwrap(),
            counts(1_000)
        );
        assert_eq!(
            compiler_of(&render(&counts(1_000), "rustc 1")),
            Some("rustc 1")
        );
        assert!(parse("decide 1000\n").is_err());
    }

    /// A new part must get its budget in the commit that adds it.
    #[test]
    fn three_per_cent_more_are_allowed_and_a_part_without_a_budget_is_not() {
        assert!(compare(&counts(1_030), &counts(1_000)).1);
        assert!(!compare(&counts(1_031), &counts(1_000)).1);
        assert!(!compare(&counts(1), &Vec::new()).1);
    }

    #[test]
    fn the_count_is_parsed_from_the_report_of_valgrind() {
        let report = "==1== Events    : Ir\n==1== Collected : 867856\n==1==\n";
        assert_eq!(collected(report), Some(867_856));
        assert_eq!(collected("==1== nothing"), None);
    }
}
