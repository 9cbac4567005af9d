//! How a campaign went, apart from what its runs showed: what was searched, how it ended, where it comes from.

use std::collections::BTreeMap;

use likewise_search::coverage::CoverageCounts;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    coverage_curve::CurvePoint, discovery::Discovery, examples::PropertyExamples,
    fault_combinations::FaultCombinations, planted_bug::PlantedBugResult, provenance::Provenance,
    ranges::Ranges, shown_run::RunReference,
};

/// How a campaign went. A part that the campaign did not have is `None` or empty, and missing in the JSON.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
pub struct CampaignMeta {
    /// The planted bug that was run instead of the product.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub system: Option<String>,
    /// Injection points at which every planned fault fired.
    #[serde(default, rename = "cuts", skip_serializing_if = "Option::is_none")]
    pub injection_points: Option<Ratio>,
    /// The search over pairs or triples of faults.
    #[serde(default, rename = "combined", skip_serializing_if = "Option::is_none")]
    pub combinations: Option<FaultCombinations>,
    /// The seeds that were run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seeds_run: Option<Ranges>,
    /// The coverage that was reached, if the campaign measured it.
    #[serde(default, rename = "seen", skip_serializing_if = "Option::is_none")]
    pub novelty: Option<Novelty>,
    /// The corpus of plans that added coverage, if the campaign kept one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub corpus: Option<CorpusTally>,
    /// Planted bugs that were caught.
    #[serde(default, rename = "specimens", skip_serializing_if = "Option::is_none")]
    pub planted_bugs_caught: Option<Ratio>,
    /// Plans that gave the same run again, in whatever order and company they ran.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deterministic: Option<Ratio>,
    /// The result for each planted bug.
    #[serde(
        default,
        rename = "specimen_results",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub planted_bugs: Vec<PlantedBugResult>,
    /// Coverage over the number of runs; empty in a merged report.
    #[serde(default, rename = "growth", skip_serializing_if = "Vec::is_empty")]
    pub coverage_curve: Vec<CurvePoint>,
    /// What plain seeds showed, as far as it says what further seeds would show; missing in a merged report.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub discovery: Option<Discovery>,
    /// The runs whose records are stored with the report.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub shown: Vec<RunReference>,
    /// For each property, the shown runs that illustrate it.
    #[serde(
        default,
        rename = "witnesses",
        skip_serializing_if = "BTreeMap::is_empty"
    )]
    pub examples: BTreeMap<String, PropertyExamples>,
    /// Where the report comes from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provenance: Option<Provenance>,
    /// Runs without a record, because the harness itself failed.
    pub broken_runs: u64,
    /// Why the campaign is inconclusive, one reason each; empty if it is conclusive.
    pub inconclusive: Vec<String>,
    /// The exit code.
    pub exit: u8,
}

/// The growth of a corpus during a campaign.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "Kept")]
pub struct CorpusTally {
    /// Plans in the corpus before the campaign.
    pub loaded: u64,
    /// Plans that the campaign added.
    pub kept: u64,
    /// Mutated plans that were run.
    pub mutants: u64,
}

impl CorpusTally {
    pub(super) fn merge(&mut self, other: Self) {
        self.loaded += other.loaded;
        self.kept += other.kept;
        self.mutants += other.mutants;
    }
}

/// The coverage of a campaign, and for how many runs it has not grown.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Novelty {
    /// The coverage.
    #[serde(flatten)]
    pub seen: CoverageCounts,
    /// The number of latest runs that added no coverage.
    #[serde(rename = "runs_without_news")]
    pub runs_without_novelty: u64,
    /// The number of such runs at which the campaign stops; `None` if it does not stop there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plateau_runs: Option<u64>,
}

impl Novelty {
    /// Whether the plateau is reached.
    #[must_use]
    pub fn is_plateau(self) -> bool {
        self.plateau_runs
            .is_some_and(|runs| self.runs_without_novelty >= runs)
    }
}

/// How many of a number of items met a condition: 3 of 4.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "Met")]
pub struct Ratio {
    /// Items that met the condition.
    pub met: u64,
    /// All items.
    pub of: u64,
}

impl Ratio {
    /// Counts one more item.
    pub fn count(&mut self, is_met: bool) {
        self.met += u64::from(is_met);
        self.of += 1;
    }

    /// Whether every item met the condition.
    #[must_use]
    pub fn all(self) -> bool {
        self.met == self.of
    }
}
