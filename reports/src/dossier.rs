//! What every renderer takes: a campaign's report, and the runs that explain it.

use likewise_sim::record::RunRecord;
use serde::{Deserialize, Serialize};

use crate::report::SummaryLine;

/// A campaign's report and the runs that explain it.
#[derive(Debug, Clone)]
pub struct Dossier {
    /// The report.
    pub report: SummaryLine,
    /// Runs that are shown, in no order that means anything.
    pub runs: Vec<Shown>,
}

/// A run that is shown, and why.
#[derive(Debug, Clone)]
pub struct Shown {
    /// Why.
    pub role: Role,
    /// The fingerprint of the finding that it belongs to.
    pub finding: Option<String>,
    /// Where its files lie, seen from the campaign's folder: `seeds/17`.
    pub folder: String,
    /// The run.
    pub record: RunRecord,
}

/// Why a run is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// It was the first that failed in its way.
    Failure,
    /// It is what shrinking left of such a run.
    Minimal,
    /// It is the nearest to a minimal run that passes.
    Nearest,
    /// It shows what a property was put to the test by.
    Example,
    /// Somebody asked for it.
    Replayed,
}
