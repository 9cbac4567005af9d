//! What the records of a campaign show. Pure functions: records in, numbers and findings out; no files, no rendering.
//!
//! - [`Summary`] counts runs: property verdicts, [`Finding`]s, the [`FaultMatrix`], [`FaultWindows`], [`Durations`].
//! - [`CampaignReport`] is a summary with its [`CampaignMeta`], as `report.json` holds it. It can be read back
//!   without loss, so a stopped search continues from it and [`merge`] adds up the reports of several machines.
//! - [`CoverageGate`] decides whether enough was covered for a green result to count.
//! - [`Cause`] joins the findings that are one mistake, and [`Why`] says why a run failed.
//! - [`Comparison`] is the difference between two reports.
//! - [`narrative`] describes one run in words.

mod campaign_meta;
mod campaign_report;
mod cause;
mod comparability;
mod comparison;
mod coverage_curve;
mod coverage_gate;
mod discovery;
mod durations;
mod examples;
mod fault_combinations;
mod fault_matrix;
mod fault_windows;
mod finding;
mod lesson;
mod merge;
mod minimal_plan;
pub mod narrative;
mod planted_bug;
mod provenance;
mod ranges;
mod run_index;
mod shown_run;
mod summary;
mod window_scan;

pub use campaign_meta::{CampaignMeta, CorpusTally, Novelty, Ratio};
pub use campaign_report::{CampaignReport, REPORT_KIND, REPORT_VERSION};
pub use cause::{Cause, CauseSummary, ForkShare, Outlook, Turn, Why, causes};
pub use comparison::{Comparison, PlantedBugChange, PropertyChange, Side};
pub use coverage_curve::{CoverageCurve, CurvePoint};
pub use coverage_gate::CoverageGate;
pub use discovery::{Discovery, DiscoveryCounter};
pub use durations::{Bar, Durations, Quantiles};
pub use examples::{EXAMPLES_MAX, Examples, PropertyExamples, exercised};
pub use fault_combinations::FaultCombinations;
pub use fault_matrix::{FaultMatrix, FaultTally, MatrixRow};
pub use fault_windows::{FaultWindows, WindowSummary};
pub use finding::Finding;
pub use lesson::Lesson;
pub use merge::{MergeError, NamedReport, merge};
pub use minimal_plan::{MinimalPlan, PlanSize};
pub use planted_bug::{DetectionFigures, PlanOrigin, PlantedBugResult, PublishedFigures};
pub use provenance::{Provenance, UNKNOWN};
pub use ranges::Ranges;
pub use run_index::{GREEN_MAX, RED_MAX, RunIndex, RunOutcome};
pub use shown_run::{RunReference, RunRole};
pub use summary::Summary;
