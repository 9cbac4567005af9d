//! The report of a load as one self-contained HTML page: its figures and a chart over time. No scripts; works offline.

use anyhow::Result;

use crate::{
    chart::{self, Line, Panel},
    load_report::{LoadReport, ProcessReport},
    load_thresholds::{self, Demand},
    text,
    threshold::Threshold,
    time_series::SecondRow,
};

const STYLE: &str = "
:root { color-scheme: light dark; --edge: light-dark(#dfe2e0, #2a333d); --faint: light-dark(#56616c, #9ba7b3);
  --met: light-dark(#00695c, #52c7ae); --missed: light-dark(#b3141f, #ff7b7b) }
body { max-width: 60rem; margin: 2rem auto; padding: 0 1rem; font: 1rem/1.5 system-ui, sans-serif }
h1 { font-size: 1.5rem; margin: 0 }
h2 { font-size: 1.1rem; margin: 2rem 0 .4rem }
p { margin: .2rem 0 1rem; color: var(--faint) }
svg { max-width: 100%; height: auto }
.wide { overflow-x: auto }
table { border-collapse: collapse; font-size: .9rem; font-variant-numeric: tabular-nums; width: 100% }
td, th { padding: .25rem .8rem .25rem 0; text-align: right; border-bottom: 1px solid var(--edge) }
th { font-weight: 600; color: var(--faint) }
td:first-child, th:first-child { text-align: left }
.met { color: var(--met) }
.missed { color: var(--missed); font-weight: 600 }
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
const FIGURES: [&str; 8] = [
    "requests",
    "number",
    "per second",
    "p50 ms",
    "p90 ms",
    "p99 ms",
    "p99.9 ms",
    "max ms",
];

/// Renders the page: the thresholds and the figures first, then the charts.
///
/// # Errors
/// The chart could not be drawn.
pub(crate) fn render(report: &LoadReport, demands: &[Demand]) -> Result<String> {
    let thresholds = load_thresholds::judged(report, demands);
    let missed = thresholds.iter().filter(|it| !it.is_met).count();
    let verdict = match missed {
        0 => format!(
            "<span class=\"met\">✓</span> All {} thresholds are met",
            thresholds.len()
        ),
        _ => format!(
            "<span class=\"missed\">✕</span> {missed} of {} thresholds are missed",
            thresholds.len()
        ),
    };
    let (system, load) = (escaped(&report.system), escaped(&report.load));
    let seconds = report.seconds;
    Ok(format!(
        "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width\">\n<title>Load: {load}</title>\n<style>{STYLE}</style>\n\
         <main>\n<h1>{verdict}</h1>\n<p>{load}, {seconds} s measured. {system}</p>\n\
         <h2>Thresholds</h2>\n{}\n<h2>Requests and latencies</h2>\n{}\n{}\n\
         <h2>Over time</h2>\n{}\n<details><summary>Each second</summary>\n{}</details>\n</main>\n</html>\n",
        threshold_table(&thresholds),
        figure_table(report),
        process_table(report),
        chart::draw(&panels(&report.series, demands), 1)?,
        table(&report.series),
    ))
}

fn threshold_table(thresholds: &[Threshold]) -> String {
    let row = |it: &Threshold| {
        let (class, verdict) = match it.is_met {
            true => ("met", "✓ met"),
            false => ("missed", "✕ missed"),
        };
        let (demanded, measured) = (escaped(&it.demanded), escaped(&it.measured));
        let verdict = format!("<span class=\"{class}\">{verdict}</span>");
        [it.what.to_owned(), demanded, measured, verdict]
    };
    let rows: Vec<_> = thresholds.iter().map(row).collect();
    html_table(&["", "threshold", "measured", "verdict"], &rows)
}

/// One row for each kind of request. Without requests of a kind it has no row.
fn figure_table(report: &LoadReport) -> String {
    let writes = report.likes + report.unlikes;
    let all = [
        ("likes and unlikes", writes, &report.write_latencies),
        ("reads", report.reads, &report.read_latencies),
        ("refused", report.refused, &report.refusal_latencies),
    ];
    let used = all.into_iter().filter(|(_, number, _)| *number > 0);
    let mut rows: Vec<Vec<String>> = used
        .map(|(name, number, latencies)| {
            let per_second = format!("{:.0}", number as f64 / report.seconds);
            let mut row = vec![name.to_owned(), number.to_string(), per_second];
            row.extend(text::quantile_cells(latencies));
            row
        })
        .collect();
    if report.in_doubt > 0 {
        let mut row = vec!["in doubt".to_owned(), report.in_doubt.to_string()];
        row.resize(FIGURES.len(), String::new());
        rows.push(row);
    }
    html_table(&FIGURES, &rows)
}

fn process_table(report: &LoadReport) -> String {
    let row = |it: &ProcessReport| {
        let memory = match it.resident_bytes_max {
            0 => String::new(),
            bytes => format!("{:.0}", bytes as f64 / 1e6),
        };
        let cpu = format!("{:.1}", it.cpu_micros_per_request);
        [it.name.to_owned(), cpu, memory]
    };
    let rows: Vec<_> = report.processes.iter().map(row).collect();
    match rows.is_empty() {
        true => String::new(),
        false => html_table(&["process", "CPU µs per request", "memory MB"], &rows),
    }
}

/// A table. The cells are markup already.
fn html_table(head: &[&str], rows: &[impl AsRef<[String]>]) -> String {
    let cell = |name: &str, text: &str| format!("<{name}>{text}</{name}>");
    let head: String = head.iter().map(|it| cell("th", it)).collect();
    let row = |row: &[String]| {
        let cells: String = row.iter().map(|it| cell("td", it)).collect();
        format!("<tr>{cells}</tr>\n")
    };
    let rows: String = rows.iter().map(|it| row(it.as_ref())).collect();
    format!("<div class=\"wide\" tabindex=\"0\"><table>\n<tr>{head}</tr>\n{rows}</table></div>")
}

fn panels(rows: &[SecondRow], demands: &[Demand]) -> Vec<Panel> {
    let line = |name: &str, value: fn(&SecondRow) -> f64| Line {
        name: name.to_owned(),
        values: rows.iter().map(value).collect(),
    };
    let panel = |title: &str, unit, lines| Panel {
        title: title.to_owned(),
        axes: ["seconds since the start", unit],
        ticks: rows.iter().map(|row| row.second.to_string()).collect(),
        lines,
    };
    let mut latencies = vec![
        line("p50", |row| row.p50_micros as f64 / 1e3),
        line("p99", |row| row.p99_micros as f64 / 1e3),
    ];
    // The demands as level lines.
    let demanded = demands.iter().filter_map(Demand::latency_millis);
    latencies.extend(demanded.map(|(text, millis)| Line {
        name: format!("threshold {text}"),
        values: vec![millis; rows.len()],
    }));
    let mut panels = vec![
        panel(
            "Requests",
            "per second",
            vec![
                line("carried out", |row| row.done as f64),
                line("refused", |row| row.refused as f64),
                line("in doubt", |row| row.in_doubt as f64),
            ],
        ),
        panel("Latency of requests that were carried out", "ms", latencies),
    ];
    // The memory of services that this program did not start is unknown.
    if rows.iter().any(|row| row.resident_bytes > 0) {
        let resident = line("", |row| row.resident_bytes as f64 / 1e6);
        panels.push(panel("Memory of the services", "MB", vec![resident]));
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

/// The report of a load of three seconds, for tests.
#[cfg(test)]
pub(crate) fn sample(resident_bytes: u64) -> LoadReport {
    let none = crate::latencies::Quantiles::of(&crate::latencies::latencies());
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
        consistency: crate::consistency::ConsistencyReport::default(),
        series: (1..=3).map(row).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    #[test]
    fn a_page_has_a_row_for_each_second_and_loads_nothing() {
        let demand = "p99<50ms".parse().unwrap();
        let page = render(&sample(50_000_000), &[demand]).unwrap();
        assert!(
            page.contains("one &lt;process&gt;") && !page.contains("<process>"),
            "{page}"
        );
        assert!(page.contains("<tr><td>3</td><td>1000</td>"), "{page}");
        let order = [
            "<h1>",
            "Thresholds",
            "p99&lt;50ms",
            "likes and unlikes",
            "<svg",
            "per second",
        ];
        let places = order.map(|part| page.find(part).unwrap_or_else(|| panic!("{part}: {page}")));
        assert!(
            places[..5].is_sorted(),
            "the thresholds and the figures come before the charts"
        );
        for part in [
            "Memory of the services",
            "seconds since the start",
            "threshold p99",
        ] {
            assert!(page.contains(part), "{part}: {page}");
        }
        for outside in ["<script", "src=", "url(", "@import", "<link"] {
            assert!(!page.contains(outside), "{outside}: {page}");
        }
    }

    /// A line at 0 would look like a measurement.
    #[test]
    fn unknown_memory_is_not_drawn() {
        assert!(
            !render(&sample(0), &[])
                .unwrap()
                .contains("Memory of the services")
        );
    }
}
