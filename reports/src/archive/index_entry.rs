//! A campaign in a few lines: what the index over many campaigns needs, without reading their reports.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::loaded_campaign::LoadedCampaign;
use crate::{analysis::Provenance, units::seconds};

/// Fingerprints that an entry names; it counts the rest.
const FINDINGS_MAX: usize = 3;

/// A campaign in a few lines.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct IndexEntry {
    /// The exit code of the campaign.
    pub exit: u8,
    /// The number of runs.
    pub runs: u64,
    /// Runs that violated a property.
    pub violated_runs: u64,
    /// The fingerprints of the first findings.
    pub findings: Vec<String>,
    /// The number of findings.
    pub findings_count: u64,
    /// Properties that no run exercised.
    pub never_exercised: u64,
    /// The planted bug that was run instead of the product.
    pub system: Option<String>,
    /// Simulated time of all runs, in seconds.
    pub simulated_seconds: f64,
    /// Wall time of the campaign, in seconds.
    pub wall_seconds: f64,
    /// When the campaign began, if known.
    pub started_at: Option<String>,
    /// The command, if known.
    pub command: Option<String>,
    /// The commit that the program was built from, if known.
    pub commit: Option<String>,
}

/// The verdict of a campaign for display. The sign says the same as the colour, for readers who do not see colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CampaignVerdict {
    /// The CSS class of its colour: `held`, `violated`, `amber`.
    pub class: &'static str,
    /// The sign.
    pub sign: &'static str,
    /// The verdict in words.
    pub word: &'static str,
}

impl IndexEntry {
    /// The entry of a campaign.
    #[must_use]
    pub fn of(campaign: &LoadedCampaign) -> Self {
        let summary = campaign.report.summary();
        let meta = &campaign.report.meta;
        let provenance = meta.provenance.as_ref();
        let named = summary.findings.iter().take(FINDINGS_MAX);
        let idle = summary.properties.iter().filter(|it| it.exercised == 0);
        Self {
            exit: meta.exit,
            runs: summary.runs,
            violated_runs: summary.violated_runs,
            findings: named.map(|finding| finding.fingerprint.clone()).collect(),
            findings_count: summary.findings.len() as u64,
            never_exercised: idle.count() as u64,
            system: meta.system.clone(),
            simulated_seconds: seconds(summary.simulated_micros),
            wall_seconds: campaign.report.wall().as_secs_f64(),
            started_at: provenance.map(|it| it.started_at.clone()),
            command: provenance.map(Provenance::command),
            commit: provenance.map(|it| it.commit.clone()),
        }
    }

    /// Reads an entry from a file; `None` if there is none that can be read.
    #[must_use]
    pub fn read(path: &Path) -> Option<Self> {
        serde_json::from_slice(&std::fs::read(path).ok()?).ok()
    }

    /// The verdict, from the exit code.
    #[must_use]
    pub fn verdict(&self) -> CampaignVerdict {
        let (class, sign, word) = match self.exit {
            0 => ("held", "✓", "held"),
            1 => ("violated", "✕", "violated"),
            3 => ("amber", "!", "inconclusive"),
            4 => ("amber", "!", "nothing ran"),
            5 => ("violated", "✕", "not deterministic"),
            6 => ("violated", "✕", "planted bug escaped"),
            _ => ("violated", "✕", "broken"),
        };
        CampaignVerdict { class, sign, word }
    }
}
