//! Figures for people, for programs, and for spreadsheets.

use std::{fs, io::Write as _, path::Path};

use anyhow::{Context, Result};
use comfy_table::{CellAlignment, Table, presets};

use crate::{
    audit::Books,
    options::Output,
    outcome::{Outcome, Quantiles},
    page,
    series::Series,
};

/// Writes the figures wherever they were asked for.
///
/// # Errors
/// A file could not be written.
pub(crate) fn write(output: &Output, outcome: &Outcome) -> Result<()> {
    if let Some(csv) = &output.csv {
        fs::write(csv, Series::csv(&outcome.series)).with_context(|| writing(csv))?;
    }
    if let Some(html) = &output.html {
        fs::write(html, page::render(outcome)?).with_context(|| writing(html))?;
    }
    json(output.json.as_deref(), outcome)?;
    if output.json.as_deref() == Some(Path::new("-")) {
        return Ok(());
    }
    let text = text(outcome);
    std::io::stdout()
        .write_all(text.as_bytes())
        .context("writing the table")
}

/// Writes figures as JSON to a file, or to standard output with `-`.
///
/// # Errors
/// The file could not be written.
pub(crate) fn json(path: Option<&Path>, figures: &impl serde::Serialize) -> Result<()> {
    let Some(path) = path else {
        return Ok(());
    };
    let text = serde_json::to_string_pretty(figures)?;
    if path == Path::new("-") {
        println!("{text}");
        return Ok(());
    }
    fs::write(path, text).with_context(|| writing(path))
}

fn writing(path: &Path) -> String {
    format!("writing {}", path.display())
}

/// The figures of a load as text.
pub(crate) fn text(outcome: &Outcome) -> String {
    let mut text = format!(
        "{}\n{}, {} s measured\n",
        outcome.system, outcome.load, outcome.seconds
    );
    text.push_str(&format!("{}\n", latencies(outcome)));
    if outcome.refused_without_retry_after > 0 {
        text.push_str(&format!(
            "{} refusals without Retry-After\n",
            outcome.refused_without_retry_after
        ));
    }
    for (status, times) in &outcome.unexpected {
        text.push_str(&format!("{times} unexpected answers {status}\n"));
    }
    if !outcome.processes.is_empty() {
        text.push_str(&format!("{}\n", processes(outcome)));
    }
    text.push_str(&books(&outcome.books));
    text
}

fn latencies(outcome: &Outcome) -> Table {
    let mut table = table(&[
        "", "requests", "a second", "p50 ms", "p90 ms", "p99 ms", "p99.9 ms", "max ms",
    ]);
    let row = |name: &str, requests: u64, latencies: &Quantiles| {
        let mut cells = vec![
            name.to_owned(),
            requests.to_string(),
            format!("{:.0}", requests as f64 / outcome.seconds),
        ];
        cells.extend(quantiles(latencies));
        cells
    };
    table.add_row(row(
        "likes, unlikes",
        outcome.likes + outcome.unlikes,
        &outcome.writes,
    ));
    if outcome.reads > 0 {
        table.add_row(row("reads", outcome.reads, &outcome.looks));
    }
    if outcome.refused > 0 {
        table.add_row(row("refused", outcome.refused, &outcome.refusals));
    }
    if outcome.in_doubt > 0 {
        table.add_row(vec!["in doubt".to_owned(), outcome.in_doubt.to_string()]);
    }
    table
}

/// p50 to max, in milliseconds.
pub(crate) fn quantiles(quantiles: &Quantiles) -> [String; 5] {
    [
        quantiles.p50_micros,
        quantiles.p90_micros,
        quantiles.p99_micros,
        quantiles.p999_micros,
        quantiles.max_micros,
    ]
    .map(|micros| format!("{:.2}", micros as f64 / 1e3))
}

fn processes(outcome: &Outcome) -> Table {
    let mut table = table(&["process", "CPU µs a request", "memory MB"]);
    for process in &outcome.processes {
        let memory = match process.resident_bytes_max {
            0 => String::new(),
            bytes => format!("{:.0}", bytes as f64 / 1e6),
        };
        table.add_row(vec![
            process.name.to_owned(),
            format!("{:.1}", process.cpu_micros_a_request),
            memory,
        ]);
    }
    table
}

/// Whether they balance, and where they do not.
pub(crate) fn books(books: &Books) -> String {
    let records = books
        .recorded
        .map_or(String::new(), |records| format!(", {records} records"));
    let mut text = format!(
        "{}: {} acknowledged ({} in doubt), {} counted{records}\n",
        if books.balanced {
            "the books balance"
        } else {
            "THE BOOKS DO NOT BALANCE"
        },
        books.acknowledged,
        books.in_doubt,
        books.counted,
    );
    for difference in &books.differences {
        text.push_str(&format!("  {difference}\n"));
    }
    text
}

/// A table without lines, figures to the right.
pub(crate) fn table(head: &[&str]) -> Table {
    let mut table = Table::new();
    table
        .load_preset(presets::NOTHING)
        .set_header(head.to_vec());
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table
}
