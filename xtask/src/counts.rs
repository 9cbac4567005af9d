//! `cargo xtask counts`: what the pure parts of a like cost, in instructions, against a budget.
//!
//! Times differ from machine to machine and from minute to minute; instructions hardly do, so a budget can be kept in the
//! repository. Each part is run twice under valgrind's callgrind, a different number of times: the difference is the
//! part's own. Another compiler counts otherwise, so the budget says which one made it, and judges no other's work.
//!
//! Valgrind is called as it is: the libraries around it need a second program of exactly their version, built for minutes.

use std::{
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use anyhow::{Context, Result, bail, ensure};

/// The budget, in the repository.
const BUDGET: &str = "benches/counts.tsv";
/// The program that runs a part, and how it is built.
const PROGRAM: &str = "likewise-counts";
const BUILD: &str = "build --quiet --release --locked --bin likewise-counts";
/// How often a part is run, at first and then.
const TIMES: [u64; 2] = [100, 300];
/// How much more than its budget a part may take, in per cent: what an allocation costs depends on addresses.
const TOLERANCE_PER_CENT: u64 = 3;

/// Instructions of one run of a part.
type Counts = Vec<(String, u64)>;

/// Counts, and compares with the budget or writes it.
///
/// # Errors
/// A part takes more than its budget, or is not in it; or nothing could be counted.
pub(crate) fn run(repository: &Path, renew: bool) -> Result<()> {
    if Command::new("valgrind").arg("--version").output().is_err() {
        println!("left out: valgrind is not installed (Debian: apt-get install valgrind)");
        return Ok(());
    }
    let path = repository.join(BUDGET);
    let here = compiler()?;
    if renew {
        let renewed = written(&count(repository)?, &here);
        fs::write(&path, &renewed).with_context(|| format!("writing {BUDGET}"))?;
        print!("{renewed}");
        return Ok(());
    }
    let budget = fs::read_to_string(&path).with_context(|| format!("reading {BUDGET}"))?;
    let wrote = written_with(&budget);
    if wrote != Some(&here) {
        println!(
            "left out: {BUDGET} was written with {}, this is {here} (cargo xtask counts --renew writes another)",
            wrote.unwrap_or("an unknown compiler")
        );
        return Ok(());
    }
    let (table, is_kept) = compared(&count(repository)?, &read(&budget)?);
    print!("{table}");
    ensure!(
        is_kept,
        "a part takes more instructions than {BUDGET} allows\n    if that is meant: cargo xtask counts --renew"
    );
    Ok(())
}

/// The compiler that a budget was written with.
fn written_with(budget: &str) -> Option<&str> {
    budget
        .lines()
        .find_map(|line| line.strip_prefix("# compiler: "))
}

/// Every part's.
fn count(repository: &Path) -> Result<Counts> {
    let mut build = xtask::cargo::command();
    let status = build
        .current_dir(repository)
        .args(BUILD.split_whitespace())
        .status();
    ensure!(
        status.context("starting cargo")?.success(),
        "{PROGRAM} could not be built"
    );
    let program = program()?;
    let listed = said(
        &Command::new(&program)
            .output()
            .context("listing the parts")?,
    )?;
    listed
        .lines()
        .map(|part| {
            let [few, many] = TIMES.map(|times| instructions(&program, part, times));
            Ok((part.to_owned(), (many? - few?) / (TIMES[1] - TIMES[0])))
        })
        .collect()
}

/// Where cargo puts it: this program is in the folder beside.
fn program() -> Result<PathBuf> {
    let here = std::env::current_exe().context("finding this program")?;
    let target = here.parent().and_then(Path::parent);
    Ok(target
        .context("finding the target folder")?
        .join("release")
        .join(PROGRAM))
}

fn instructions(program: &Path, part: &str, times: u64) -> Result<u64> {
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(program)
        .args([part, &times.to_string()])
        .output()
        .context("starting valgrind")?;
    said(&output)?;
    let report = String::from_utf8_lossy(&output.stderr);
    collected(&report).with_context(|| format!("valgrind said nothing of instructions:\n{report}"))
}

fn said(output: &Output) -> Result<String> {
    if !output.status.success() {
        bail!(
            "{}\n{}",
            output.status,
            String::from_utf8_lossy(&output.stderr)
        );
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

fn collected(report: &str) -> Option<u64> {
    let (_, rest) = report.split_once("Collected : ")?;
    rest.split_whitespace().next()?.parse().ok()
}

fn compiler() -> Result<String> {
    let output = Command::new("rustc").arg("--version").output();
    Ok(said(&output.context("asking for the compiler's version")?)?
        .trim()
        .to_owned())
}

fn written(counts: &Counts, compiler: &str) -> String {
    let mut text = format!(
        "# Instructions of one run of each part of benches/src/parts.rs. Renewed by: cargo xtask counts --renew\n\
         # compiler: {compiler}\n"
    );
    for (part, count) in counts {
        let _ = writeln!(text, "{count}\t{part}");
    }
    text
}

fn read(text: &str) -> Result<Counts> {
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    lines
        .map(|line| {
            let (count, part) = line
                .split_once('\t')
                .with_context(|| format!("{BUDGET}: no tab in {line:?}"))?;
            Ok((
                part.to_owned(),
                count
                    .parse()
                    .with_context(|| format!("{BUDGET}: {line:?}"))?,
            ))
        })
        .collect()
}

/// A line for each part, and whether all keep within their budgets.
fn compared(counts: &Counts, budget: &Counts) -> (String, bool) {
    let (mut text, mut all) = (String::new(), true);
    for (part, count) in counts {
        let allowed = budget
            .iter()
            .find(|(known, _)| known == part)
            .map(|known| known.1);
        let is_kept =
            allowed.is_some_and(|allowed| count * 100 <= allowed * (100 + TOLERANCE_PER_CENT));
        all &= is_kept;
        let budget = allowed.map_or("none".to_owned(), |allowed| allowed.to_string());
        let verdict = if is_kept { "" } else { "  TOO MANY" };
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
    fn what_is_written_is_read_again() {
        assert_eq!(
            read(&written(&counts(1_000), "rustc 1")).unwrap(),
            counts(1_000)
        );
        assert_eq!(
            written_with(&written(&counts(1_000), "rustc 1")),
            Some("rustc 1")
        );
        assert!(read("decide 1000\n").is_err());
    }

    #[test]
    fn a_few_per_cent_more_are_allowed_and_a_part_without_a_budget_is_not() {
        assert!(compared(&counts(1_030), &counts(1_000)).1);
        assert!(!compared(&counts(1_031), &counts(1_000)).1);
        assert!(!compared(&counts(1), &Vec::new()).1);
    }

    #[test]
    fn the_figure_is_read_from_what_valgrind_says() {
        let report = "==1== Events    : Ir\n==1== Collected : 867856\n==1==\n";
        assert_eq!(collected(report), Some(867_856));
        assert_eq!(collected("==1== nothing"), None);
    }
}
