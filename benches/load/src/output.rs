//! Writes the report of a load to the places that the options name.

use std::{fs, io::Write as _, path::Path};

use anyhow::{Context, Result};

use crate::{
    html_page, load_report::LoadReport, load_thresholds, options::Output, text, threshold,
    time_series::TimeSeries,
};

/// Writes the report as CSV, HTML and JSON where asked, and prints it as text unless the JSON goes to standard output.
///
/// If the JSON goes to standard output, nothing else does, so that it can be piped into a program.
///
/// # Errors
/// A file could not be written.
pub(crate) fn write(output: &Output, report: &LoadReport) -> Result<()> {
    if let Some(csv) = &output.csv {
        fs::write(csv, TimeSeries::csv(&report.series)).with_context(|| writing(csv))?;
    }
    if let Some(html) = &output.html {
        fs::write(html, html_page::render(report, &output.thresholds)?)
            .with_context(|| writing(html))?;
    }
    write_json(output.json.as_deref(), report)?;
    if output.json.as_deref() == Some(Path::new("-")) {
        return Ok(());
    }
    let thresholds = threshold::table(&load_thresholds::judged(report, &output.thresholds));
    let text = format!("{}{thresholds}\n", text::report(report));
    std::io::stdout()
        .write_all(text.as_bytes())
        .context("writing the table")
}

/// Writes figures as JSON to a file, or to standard output if the path is `-`.
///
/// # Errors
/// The file could not be written.
pub(crate) fn write_json(path: Option<&Path>, figures: &impl serde::Serialize) -> Result<()> {
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
