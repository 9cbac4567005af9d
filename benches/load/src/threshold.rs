//! A threshold with its measured value, and its line in the table.

use comfy_table::Table;
use serde::Serialize;

use crate::text;

/// One threshold and the measured value.
#[derive(Debug, Serialize)]
pub(crate) struct Threshold {
    /// What is measured, with its unit or quantile.
    pub(crate) what: &'static str,
    pub(crate) demanded: String,
    pub(crate) measured: String,
    #[serde(rename = "is_reached")]
    pub(crate) is_met: bool,
}

/// The thresholds as a table.
pub(crate) fn table(thresholds: &[Threshold]) -> Table {
    let mut table = text::table(&["", "threshold", "measured", ""]);
    for threshold in thresholds {
        let verdict = if threshold.is_met { "met" } else { "MISSED" };
        table.add_row([
            threshold.what,
            &threshold.demanded,
            &threshold.measured,
            verdict,
        ]);
    }
    table
}
