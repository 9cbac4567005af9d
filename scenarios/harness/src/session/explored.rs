//! Everything the runs of a session have shown so far, as it is kept for a search that is resumed.

use likewise_reports::{analysis::CoverageCurve, analysis::Novelty};
use likewise_search::coverage::Coverage;
use serde::{Deserialize, Serialize};

/// Everything the runs have shown so far. A search that is resumed starts from it.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Explored {
    pub(super) coverage: Coverage,
    pub(super) novelty: Novelty,
    pub(super) growth: CoverageCurve,
}
