//! Which runs a report shows, and why. A campaign has thousands of runs; it keeps the records of a few.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A run whose record is stored with the report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "Reference")]
pub struct RunReference {
    /// Why the run is shown.
    pub role: RunRole,
    /// The fingerprint of the finding that it belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finding: Option<String>,
    /// The run's folder, relative to the campaign's: `seeds/17`.
    pub folder: String,
}

/// Why a run is shown.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "Role")]
pub enum RunRole {
    /// The first run of a finding.
    Failure,
    /// The run of the minimal plan that the failure was shrunk to.
    Minimal,
    /// The run of the plan that passes after the smallest change to the minimal plan.
    Nearest,
    /// A run in which every property held; it shows what exercises a property.
    Example,
    /// The run that was replayed on request.
    Replayed,
}
