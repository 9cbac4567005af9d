//! The report of a load as one self-contained HTML page: its figures and a chart over time. No scripts; works offline.

use anyhow::Result;

use crate::{
    chart::{self, Line, Panel},
    load_report::LoadReport,
    text,
    time_series::SecondRow,
};

const STYLE: &str = "
:root { color-scheme: light dark }
body { max-width: 60rem; margin: 2rem auto; padding: 0 1rem; font: 1rem/1.5 system-ui, sans-serif }
h1 { font-size: 1.3rem }
pre { overflow-x: auto; font-size: .85rem }
svg { max-width: 100%; height: auto }
table { border-collapse: collapse; font-size: .85rem; font-variant-numeric: tabular-nums }
td, th { padding: .1rem .8rem; text-align: right }
";
const COLUMNS: [&str; 7] = [
    "second",
    "carried out",
    "refused",
    "in doubt",
    "p50 ms",
    "p99 ms",
    "memory MB",
];

/// Renders the page.
///
/// # Errors
/// The chart could not be drawn.
pub(crate) fn render(report: &LoadReport) -> Result<String> {
    let title = format!("{}: {}", escaped(&report.system), escaped(&report.load));
    Ok(format!(
        "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width\">\n<title>{title}</title>\n<style>{STYLE}</style>\n\
         <h1>{title}</h1>\n{}\n<pre>{}</pre>\n<details><summary>Each second</summary>\n{}</details>\n</html>\n",
        chart::draw(&panels(&report.series), 1)?,
        escaped(&text::report(report)),
        table(&report.series),
    ))
}

fn panels(rows: &[SecondRow]) -> Vec<Panel> {
    let line = |name, value: fn(&SecondRow) -> f64| Line {
        name,
        values: rows.iter().map(value).collect(),
    };
    let panel = |title: &str, lines| Panel {
        title: title.to_owned(),
        ticks: rows.iter().map(|row| row.second.to_string()).collect(),
        lines,
    };
    let mut panels = vec![
        panel(
            "Requests per second",
            vec![
                line("carried out", |row| row.done as f64),
                line("refused", |row| row.refused as f64),
                line("in doubt", |row| row.in_doubt as f64),
            ],
        ),
        panel(
            "Latency of requests that were carried out, ms",
            vec![
                line("p50", |row| row.p50_micros as f64 / 1e3),
                line("p99", |row| row.p99_micros as f64 / 1e3),
            ],
        ),
    ];
    // The memory of services that this program did not start is unknown.
    if rows.iter().any(|row| row.resident_bytes > 0) {
        let resident = line("", |row| row.resident_bytes as f64 / 1e6);
        panels.push(panel("Memory of the services, MB", vec![resident]));
    }
    panels
}

fn table(rows: &[SecondRow]) -> String {
    let head: String = COLUMNS.map(|name| format!("<th>{name}</th>")).concat();
    let mut text = format!("<table>\n<tr>{head}</tr>\n");
    for row in rows {
        text.push_str(&format!(
            "<tr><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{:.2}</td><td>{:.2}</td><td>{:.0}</td></tr>\n",
            row.second,
            row.done,
            row.refused,
            row.in_doubt,
            row.p50_micros as f64 / 1e3,
            row.p99_micros as f64 / 1e3,
            row.resident_bytes as f64 / 1e6,
        ));
    }
    text.push_str("</table>\n");
    text
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        consistency::ConsistencyReport,
        latencies::{Quantiles, latencies},
    };

    fn report(resident_bytes: u64) -> LoadReport {
        let none = Quantiles::of(&latencies());
        let row = |second| SecondRow {
            second,
            done: 1_000,
            resident_bytes,
            ..SecondRow::default()
        };
        LoadReport {
            system: "one <process>".to_owned(),
            load: "closed loop".to_owned(),
            seconds: 3.0,
            likes: 3_000,
            unlikes: 0,
            reads: 0,
            writes_per_second: 1_000.0,
            reads_per_second: 0.0,
            refused: 0,
            refused_without_retry_after: 0,
            in_doubt: 0,
            unexpected: std::collections::BTreeMap::new(),
            write_latencies: none,
            read_latencies: none,
            refusal_latencies: none,
            processes: Vec::new(),
            consistency: ConsistencyReport::default(),
            series: (1..=3).map(row).collect(),
        }
    }

    #[test]
    fn a_page_has_a_row_for_each_second_and_loads_nothing() {
        let page = render(&report(50_000_000)).unwrap();
        assert!(
            page.contains("one &lt;process&gt;") && !page.contains("<process>"),
            "{page}"
        );
        assert!(page.contains("<tr><td>3</td><td>1000</td>"), "{page}");
        assert!(page.contains("Memory of the services"), "{page}");
        for outside in ["<script", "src=", "url(", "@import", "<link"] {
            assert!(!page.contains(outside), "{outside}: {page}");
        }
    }

    /// A line at 0 would look like a measurement.
    #[test]
    fn unknown_memory_is_not_drawn() {
        assert!(
            !render(&report(0))
                .unwrap()
                .contains("Memory of the services")
        );
    }
}
