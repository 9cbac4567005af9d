//! The report of a load as text for a terminal.

use std::fmt::Write as _;

use comfy_table::{CellAlignment, Table, presets};

use crate::{consistency::ConsistencyReport, latencies::Quantiles, load_report::LoadReport};

/// The whole report as text.
pub(crate) fn report(report: &LoadReport) -> String {
    let mut text = format!(
        "{}\n{}, {} s measured\n{}\n",
        report.system,
        report.load,
        report.seconds,
        latency_table(report)
    );
    if report.refused_without_retry_after > 0 {
        let bare = report.refused_without_retry_after;
        let _ = writeln!(text, "{bare} refusals without Retry-After");
    }
    for (status, times) in &report.unexpected {
        let _ = writeln!(text, "{times} replies with unexpected status {status}");
    }
    if !report.processes.is_empty() {
        let _ = writeln!(text, "{}", process_table(report));
    }
    text + &consistency(&report.consistency)
}

fn latency_table(report: &LoadReport) -> Table {
    let mut table = table(&[
        "", "requests", "per s", "p50 ms", "p90 ms", "p99 ms", "p99.9 ms", "max ms",
    ]);
    let row = |name: &str, requests: u64, latencies: &Quantiles| {
        let mut cells = vec![
            name.to_owned(),
            requests.to_string(),
            format!("{:.0}", requests as f64 / report.seconds),
        ];
        cells.extend(quantile_cells(latencies));
        cells
    };
    let writes = report.likes + report.unlikes;
    table.add_row(row("likes, unlikes", writes, &report.write_latencies));
    if report.reads > 0 {
        table.add_row(row("reads", report.reads, &report.read_latencies));
    }
    if report.refused > 0 {
        table.add_row(row("refused", report.refused, &report.refusal_latencies));
    }
    if report.in_doubt > 0 {
        table.add_row(vec!["in doubt".to_owned(), report.in_doubt.to_string()]);
    }
    table
}

/// The quantiles from p50 to the maximum, in milliseconds.
pub(crate) fn quantile_cells(quantiles: &Quantiles) -> [String; 5] {
    [
        quantiles.p50_micros,
        quantiles.p90_micros,
        quantiles.p99_micros,
        quantiles.p999_micros,
        quantiles.max_micros,
    ]
    .map(|micros| format!("{:.2}", micros as f64 / 1e3))
}

fn process_table(report: &LoadReport) -> Table {
    let mut table = table(&["process", "CPU µs per request", "memory MB"]);
    for process in &report.processes {
        let memory = match process.resident_bytes_max {
            0 => String::new(),
            bytes => format!("{:.0}", bytes as f64 / 1e6),
        };
        table.add_row(vec![
            process.name.to_owned(),
            format!("{:.1}", process.cpu_micros_per_request),
            memory,
        ]);
    }
    table
}

/// The result of the consistency check, and the differences that it found.
pub(crate) fn consistency(report: &ConsistencyReport) -> String {
    let verdict = match report.is_consistent {
        true => "consistent",
        false => "INCONSISTENT",
    };
    let records = report
        .recorded
        .map_or(String::new(), |records| format!(", {records} records"));
    let mut text = format!(
        "{verdict}: {} acknowledged ({} in doubt), {} counted{records}\n",
        report.acknowledged, report.in_doubt, report.counted,
    );
    for difference in &report.differences {
        let _ = writeln!(text, "  {difference}");
    }
    text
}

/// Prints the differences of an inconsistent measurement to standard error, as soon as it is known.
///
/// A comparison takes minutes. A defect must be seen at once, and not only in the table at its end.
pub(crate) fn warn_if_inconsistent(report: &ConsistencyReport) {
    for difference in &report.differences {
        eprintln!("INCONSISTENT: {difference}");
    }
}

/// An empty table without lines; all columns but the first are aligned right.
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
