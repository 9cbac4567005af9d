//! A campaign in a few lines: what an index of many campaigns needs to know, without reading their reports.

use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::{dossier::Dossier, report::seconds};

/// Fingerprints that a card names; it counts the rest.
const FINDINGS_MAX: usize = 3;

/// A campaign in a few lines.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Card {
    /// The exit code of the campaign.
    pub exit: u8,
    /// How many runs it had.
    pub runs: u64,
    /// Of those, violated a property.
    pub violated_runs: u64,
    /// What failed first: a few fingerprints.
    pub findings: Vec<String>,
    /// How many ways of failing there were.
    pub findings_count: u64,
    /// Properties that nothing put to the test.
    pub never_exercised: u64,
    /// The specimen that was run instead of the product.
    pub system: Option<String>,
    /// Simulated time of all runs, in seconds.
    pub simulated_seconds: f64,
    /// How long it took, in seconds.
    pub wall_seconds: f64,
    /// When it began, if that is known.
    pub started_at: Option<String>,
    /// What was typed, if that is known.
    pub command: Option<String>,
    /// What the program was built from, if that is known.
    pub commit: Option<String>,
}

/// How a campaign went, in one word and a sign beside its colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PropertyStatus {
    /// The name of its colour: `held`, `violated`, `amber`.
    pub class: &'static str,
    /// What says the same without colour.
    pub sign: &'static str,
    /// It in words.
    pub word: &'static str,
}

impl Card {
    /// Of a campaign.
    #[must_use]
    pub fn of(dossier: &Dossier) -> Self {
        let summary = dossier.report.summary();
        let course = &dossier.report.course;
        let from = course.provenance.as_ref();
        let named = summary.findings.iter().take(FINDINGS_MAX);
        let idle = summary.properties.iter().filter(|it| it.exercised == 0);
        Self {
            exit: course.exit,
            runs: summary.runs,
            violated_runs: summary.violated_runs,
            findings: named.map(|finding| finding.fingerprint.clone()).collect(),
            findings_count: summary.findings.len() as u64,
            never_exercised: idle.count() as u64,
            system: course.system.clone(),
            simulated_seconds: seconds(summary.simulated_micros),
            wall_seconds: dossier.report.wall().as_secs_f64(),
            started_at: from.map(|from| from.started_at.clone()),
            command: from.map(|from| format!("cargo chaos {}", from.command_line.join(" "))),
            commit: from.map(|from| from.commit.clone()),
        }
    }

    /// Reads one; nothing, if there is none that can be read.
    #[must_use]
    pub fn read(path: &Path) -> Option<Self> {
        serde_json::from_slice(&std::fs::read(path).ok()?).ok()
    }

    /// How the campaign went.
    #[must_use]
    pub fn standing(&self) -> PropertyStatus {
        let (class, sign, word) = match self.exit {
            0 => ("held", "✓", "held"),
            1 => ("violated", "✕", "violated"),
            3 => ("amber", "!", "inconclusive"),
            4 => ("amber", "!", "nothing ran"),
            5 => ("violated", "✕", "not deterministic"),
            _ => ("violated", "✕", "broken"),
        };
        PropertyStatus { class, sign, word }
    }
}
