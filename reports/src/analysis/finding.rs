//! A finding: the violating runs that failed in the same way after the same kinds of faults. Several findings may have one
//! [cause](super::cause).

use likewise_search::fingerprint::{Failure, fingerprint};
use likewise_world::record::RunRecord;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Why, minimal_plan::MinimalPlan, narrative::explanation::explain};

/// Violating runs with the same [`fingerprint`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Finding {
    /// The fingerprint that the runs share.
    pub fingerprint: String,
    /// How the first run failed, without the faults that led to it. Several findings may share one failure.
    #[serde(default)]
    pub failure: String,
    /// The property that the first run violated first.
    pub property: String,
    /// The values observed at that violation.
    pub detail: String,
    /// The number of runs.
    pub runs: u64,
    /// The first run in three sentences: what the clients and the faults did, what the system did, what is wrong.
    pub explanation: [String; 3],
    /// Why the first run failed. Missing in older reports.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<Why>,
    /// The command that replays the first run, once it is known.
    pub replay: Option<String>,
    /// The minimal plan that the first run was shrunk to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub minimal: Option<MinimalPlan>,
    /// The first run's name.
    pub name: String,
    /// The first run's seed, if it had one.
    pub seed: Option<u64>,
}

impl Finding {
    /// The finding of one run; `None` if the run violated nothing.
    ///
    /// Only the first violation names the finding. Later ones are usually its consequences.
    pub(super) fn of(record: &RunRecord) -> Option<Self> {
        let first = record.violations.first()?;
        Some(Self {
            fingerprint: fingerprint(record)?,
            failure: Failure::of(record).map_or_else(String::new, |f| f.to_string()),
            property: first.property.clone(),
            detail: first.detail.clone(),
            runs: 1,
            explanation: explain(record),
            why: Why::of(record),
            replay: None,
            minimal: None,
            name: record.plan.name.clone(),
            seed: record.plan.seed,
        })
    }
}
