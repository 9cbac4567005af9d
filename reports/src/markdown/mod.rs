//! The summary of a campaign for a step of a CI job: verdict, what failed and how to run it again, a diagram of the
//! smallest failing run, the properties.
//!
//! CI services take up to one MiB and cut the rest in the middle of a line, or refuse all of it. So whole blocks are left
//! out here, and that is said. `text.rs` makes what comes from outside harmless, `mermaid.rs` draws.

mod mermaid;
pub(crate) mod text;

use std::{fmt::Write as _, time::Duration};

use likewise_sim::record::{Outcome, PropertyStatus, RunRecord};

use crate::{
    dossier::{Dossier, Role},
    minimal::Minimal,
    summary::{Finding, Summary},
    terminal::{count, span},
};
use text::{code, fenced, plain};

/// Bytes of a summary at most: a little less than the MiB that CI services take.
pub const BYTES_MAX: usize = 1_000_000;
/// Findings that are told; the report has all.
const FINDINGS_MAX: usize = 10;
/// Kinds of faults in the table of windows, those with most clicks.
const WINDOWS_MAX: usize = 40;

/// The summary.
#[must_use]
pub fn render(dossier: &Dossier) -> String {
    let summary = dossier.report.summary();
    let mut blocks = vec![heading(dossier, &summary), verdict(dossier, &summary)];
    blocks.extend(doubts(dossier));
    blocks.extend(findings(&summary));
    blocks.extend(diagram(dossier));
    blocks.push(properties(&summary));
    blocks.extend(windows(&summary));
    blocks.extend(specimens(dossier));
    blocks.extend(provenance(dossier));
    joined(&blocks)
}

/// As many blocks as fit, in their order, and how many do not.
fn joined(blocks: &[String]) -> String {
    // So much is kept for saying that something is missing.
    let room = BYTES_MAX - 200;
    let mut text = String::new();
    let mut left_out = 0_u64;
    for block in blocks {
        match left_out == 0 && text.len() + block.len() < room {
            true => {
                text.push_str(block);
                text.push('\n');
            }
            false => left_out += 1,
        }
    }
    if left_out > 0 {
        let parts = count(left_out, "part is", "parts are");
        let _ = writeln!(
            text,
            "_{parts} left out, for want of room: report.html has all._"
        );
    }
    text
}

fn heading(dossier: &Dossier, summary: &Summary) -> String {
    let course = &dossier.report.course;
    let (sign, says) = match (summary.violated_runs, summary.runs) {
        (0, 0) => ("❔", "nothing ran".to_owned()),
        (0, _) if !course.inconclusive.is_empty() || course.broken_runs > 0 => (
            "⚠️",
            "nothing was violated, but not everything was covered".to_owned(),
        ),
        (0, _) if course.exit != 0 => ("❌", "the campaign failed".to_owned()),
        (0, _) => ("✅", "every property held".to_owned()),
        (violated, runs) => (
            "❌",
            format!(
                "{violated} of {} violated a property",
                count(runs, "run", "runs")
            ),
        ),
    };
    format!("# {sign} Likewise: {says}\n")
}

fn verdict(dossier: &Dossier, summary: &Summary) -> String {
    let course = &dossier.report.course;
    let sagas = summary.sagas;
    let simulated = Duration::from_micros(summary.simulated_micros);
    let wall = dossier.report.wall();
    let of = |outcome| summary.operations.get(&outcome).copied().unwrap_or(0);
    let mut rows = vec![
        (
            "runs",
            format!(
                "{}, of them {} violated",
                summary.runs, summary.violated_runs
            ),
        ),
        (
            "sagas",
            format!(
                "{} completed, {} compensated, {} resumed after a crash, {} parked on the way, {} left open",
                sagas.completed, sagas.compensated, sagas.recovered, sagas.parked, sagas.open
            ),
        ),
        (
            "operations",
            format!(
                "{} ok, {} refused, {} of unknown outcome",
                of(Outcome::Ok),
                of(Outcome::Fail),
                of(Outcome::Unknown)
            ),
        ),
        (
            "time",
            format!("{} simulated in {}", span(simulated), span(wall)),
        ),
    ];
    if let Some(healing) = summary.convergence() {
        let of = |micros| span(Duration::from_micros(micros));
        let said = format!(
            "right again after {} (half of the runs), {} (99 %), {} (the slowest)",
            of(healing.p50_micros),
            of(healing.p99_micros),
            of(healing.max_micros)
        );
        rows.push(("healing", said));
    }
    let met = [
        ("cut points covered", course.cuts),
        ("specimens caught", course.specimens),
        ("the same when run again", course.deterministic),
    ];
    for (what, met) in met {
        if let Some(met) = met {
            rows.push((what, format!("{} of {}", met.met, met.of)));
        }
    }
    if let Some(system) = &course.system {
        rows.insert(0, ("system", format!("the specimen {}", code(system))));
    }
    let rows: Vec<[String; 2]> = rows
        .into_iter()
        .map(|(what, said)| [what.to_owned(), said])
        .collect();
    table(["", "this campaign"], &rows)
}

fn doubts(dossier: &Dossier) -> Option<String> {
    let course = &dossier.report.course;
    if course.inconclusive.is_empty() && course.broken_runs == 0 {
        return None;
    }
    let mut text = "## What it does not say\n\n".to_owned();
    for why in &course.inconclusive {
        let _ = writeln!(text, "- {}", plain(why));
    }
    if course.broken_runs > 0 {
        let broken = count(course.broken_runs, "run has", "runs have");
        let _ = writeln!(text, "- {broken} no record: the harness broke");
    }
    Some(text)
}

fn findings(summary: &Summary) -> Vec<String> {
    if summary.findings.is_empty() {
        return Vec::new();
    }
    let ways = count(summary.findings.len() as u64, "way", "ways");
    let mut blocks = vec![format!("## What failed, in {ways}\n")];
    let mut all: Vec<&Finding> = summary.findings.iter().collect();
    // Those that were shrunk explain best.
    all.sort_by_key(|finding| finding.minimal.is_none());
    blocks.extend(all.iter().take(FINDINGS_MAX).map(|one| finding(one)));
    let more = all.len().saturating_sub(FINDINGS_MAX);
    if more > 0 {
        blocks.push(format!("And {more} more: report.html has all.\n"));
    }
    blocks
}

fn finding(finding: &Finding) -> String {
    let mut text = format!("### {}\n\n", plain(&finding.fingerprint));
    let runs = count(finding.runs, "run", "runs");
    let _ = writeln!(text, "{runs}, the first: {}\n", code(&finding.name));
    let minimal = finding.minimal.as_ref();
    let sentences = minimal.map_or(&finding.explanation, |minimal| &minimal.explanation);
    for sentence in sentences {
        let _ = writeln!(text, "1. {}", plain(sentence));
    }
    text.push('\n');
    if let Some(minimal) = minimal {
        let _ = writeln!(text, "{}\n", shrunk(minimal));
    }
    let replay = minimal.and_then(|minimal| minimal.replay.as_ref());
    if let Some(replay) = replay.or(finding.replay.as_ref()) {
        text.push_str(&fenced("console", replay));
    }
    text
}

fn shrunk(minimal: &Minimal) -> String {
    let size = |faults, operations| {
        let faults = count(faults as u64, "fault", "faults");
        let operations = count(operations as u64, "operation", "operations");
        format!("{faults} and {operations}")
    };
    let (before, after) = (&minimal.before, &minimal.after);
    let mut text = format!(
        "Shrunk from {} to {}.",
        size(before.faults, before.operations),
        size(after.faults, after.operations)
    );
    if let Some(nearest) = &minimal.nearest {
        let _ = write!(text, " It passes {}.", plain(nearest));
    }
    text
}

/// The smallest failing run that is shown, drawn.
fn diagram(dossier: &Dossier) -> Option<String> {
    let of = |role| {
        let mut runs = dossier.runs.iter().filter(move |run| run.role == role);
        runs.find(|run| !run.record.is_green())
    };
    let run = of(Role::Minimal)
        .or_else(|| of(Role::Failure))
        .or_else(|| of(Role::Replayed))?;
    let record: &RunRecord = &run.record;
    let what = match run.role {
        Role::Minimal => "The minimal plan's run",
        _ => "The first failing run",
    };
    let drawn = fenced("mermaid", &mermaid::sequence(record));
    Some(format!("## {what}\n\n{drawn}"))
}

fn properties(summary: &Summary) -> String {
    let row = |property: &likewise_sim::record::PropertyVerdict| {
        let verdict = match property.status {
            PropertyStatus::Passed => "✅ held",
            PropertyStatus::NeverExercised => "⚠️ never exercised",
            PropertyStatus::Violated => "❌ **violated**",
        };
        [
            code(&property.name),
            verdict.to_owned(),
            property.exercised.to_string(),
        ]
    };
    let rows: Vec<[String; 3]> = summary.properties.iter().map(row).collect();
    let table = table(["property", "verdict", "put to the test"], &rows);
    format!("## Properties\n\n{table}")
}

fn windows(summary: &Summary) -> Option<String> {
    let mut lines = summary.windows.lines();
    lines.retain(|line| !line.operations.is_empty());
    if lines.is_empty() {
        return None;
    }
    let time = |seconds: Option<f64>| {
        let time = seconds.map(|seconds| span(Duration::from_secs_f64(seconds)));
        time.unwrap_or_else(|| "–".to_owned())
    };
    let row = |line: &crate::windows::WindowLine| {
        let of = |outcome| line.operations.get(&outcome).copied().unwrap_or(0);
        [
            line.kind.map_or("no fault", |kind| kind.name()).to_owned(),
            of(Outcome::Ok).to_string(),
            of(Outcome::Fail).to_string(),
            of(Outcome::Unknown).to_string(),
            time(line.p50_seconds),
            time(line.p99_seconds),
        ]
    };
    let rows: Vec<[String; 6]> = lines.iter().take(WINDOWS_MAX).map(row).collect();
    let heading = [
        "while in force",
        "ok",
        "refused",
        "unknown",
        "half within",
        "99 % within",
    ];
    let table = table(heading, &rows);
    Some(format!(
        "<details><summary>What users met under each fault</summary>\n\n{table}\n</details>\n"
    ))
}

fn specimens(dossier: &Dossier) -> Option<String> {
    let results = &dossier.report.course.specimen_results;
    if results.is_empty() {
        return None;
    }
    let row = |result: &crate::specimen::SpecimenResult| {
        let verdict = match (result.is_good(), result.is_control) {
            (true, true) => "✅ spared",
            (true, false) => "✅ caught",
            (false, true) => "❌ **not spared**",
            (false, false) => "❌ **not caught**",
        };
        let by: Vec<String> = result.by.iter().map(|name| code(name)).collect();
        [
            code(&result.name),
            plain(&result.flaw),
            verdict.to_owned(),
            by.join(", "),
        ]
    };
    let rows: Vec<[String; 4]> = results.iter().map(row).collect();
    let table = table(
        ["specimen", "what is wrong with it", "verdict", "by"],
        &rows,
    );
    Some(format!(
        "<details><summary>Deliberately wrong systems</summary>\n\n{table}\n</details>\n"
    ))
}

fn provenance(dossier: &Dossier) -> Option<String> {
    let from = dossier.report.course.provenance.as_ref()?;
    let commit: String = from.commit.chars().take(12).collect();
    let dirty = if from.dirty { ", with changes" } else { "" };
    let command = format!("cargo chaos {}", from.command_line.join(" "));
    Some(format!(
        "Likewise {} ({}{dirty}), {}, {}, on {} {}; began {}; {}\n",
        plain(&from.version),
        code(&commit),
        plain(&from.rustc),
        plain(&from.profile),
        plain(&from.os),
        plain(&from.arch),
        plain(&from.started_at),
        code(command.trim_end()),
    ))
}

/// A table of cells that are Markdown already: `|` is the one character that no cell may have.
fn table<const N: usize>(heading: [&str; N], rows: &[[String; N]]) -> String {
    let mut text = format!("| {} |\n|{}\n", heading.join(" | "), "---|".repeat(N));
    for row in rows {
        let cells = row.each_ref().map(|cell| cell.replace('|', "\\|"));
        let _ = writeln!(text, "| {} |", cells.join(" | "));
    }
    text
}

#[cfg(test)]
mod tests;
