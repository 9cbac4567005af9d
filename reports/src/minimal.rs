//! What shrinking made of a failing plan, for people and for programs.

use std::fmt::Write as _;

use likewise_sim::{
    fingerprint::fingerprint,
    plan::Plan,
    shrink::{Nearest, Shrunk},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{story::explain, terminal::count};

/// A failing plan that was shrunk.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Minimal {
    /// What its failure is called: with nothing else left, the faults it names are the cause.
    pub fingerprint: String,
    /// Faults and operations of the plan before.
    pub before: Size,
    /// And after.
    pub after: Size,
    /// Candidates that were run.
    pub runs: u64,
    /// Whether nothing more can be taken away; else it was cut short.
    pub is_minimal: bool,
    /// The minimal run in three sentences.
    pub explanation: [String; 3],
    /// The smallest change after which it passes.
    pub nearest: Option<String>,
    /// The command that runs the minimal plan, once somebody has said so.
    pub replay: Option<String>,
    /// The command that makes it a regression, once somebody has said so.
    pub keep: Option<String>,
}

/// How large a plan is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Size {
    /// Its faults.
    pub faults: usize,
    /// Its operations.
    pub operations: usize,
}

impl Size {
    fn of(plan: &Plan) -> Self {
        Self {
            faults: plan.faults.len(),
            operations: plan.workload.len(),
        }
    }

    fn told(self) -> String {
        let faults = count(self.faults as u64, "fault", "faults");
        let operations = count(self.operations as u64, "operation", "operations");
        format!("{faults} and {operations}")
    }
}

impl Minimal {
    /// Of a plan and what it was shrunk to.
    #[must_use]
    pub fn of(before: &Plan, shrunk: &Shrunk) -> Self {
        let change = |nearest: &Nearest| nearest.change.clone();
        Self {
            fingerprint: fingerprint(&shrunk.record).unwrap_or_default(),
            before: Size::of(before),
            after: Size::of(&shrunk.record.plan),
            runs: shrunk.runs,
            is_minimal: shrunk.is_minimal,
            explanation: explain(&shrunk.record),
            nearest: shrunk.nearest.as_ref().map(change),
            replay: None,
            keep: None,
        }
    }

    /// It as people read it in a terminal, indented; the command that runs it comes last.
    #[must_use]
    pub fn told(&self) -> String {
        let mut text = String::new();
        for sentence in &self.explanation {
            let _ = writeln!(text, "  {sentence}");
        }
        let (before, after) = (self.before.told(), self.after.told());
        let runs = count(self.runs, "run", "runs");
        let cut_short = match self.is_minimal {
            true => "",
            false => "; cut short, it may become smaller still",
        };
        let _ = writeln!(
            text,
            "  shrunk from {before} to {after} in {runs}{cut_short}"
        );
        let _ = match &self.nearest {
            Some(change) => writeln!(text, "  passes {change}"),
            None => writeln!(text, "  no plan that is one change away passes"),
        };
        if let Some(keep) = &self.keep {
            let _ = writeln!(text, "  keep: {keep}");
        }
        if let Some(replay) = &self.replay {
            let _ = writeln!(text, "  replay: {replay}");
        }
        text
    }
}

/// A plan that was shrunk to the one of this record.
#[cfg(test)]
pub(crate) fn sample(record: &likewise_sim::record::RunRecord) -> Minimal {
    let shrunk = Shrunk {
        failure: likewise_sim::fingerprint::Failure::of(record).unwrap(),
        nearest: None,
        runs: 40,
        is_minimal: true,
        record: record.clone(),
    };
    Minimal::of(&likewise_sim::plan::generate(7), &shrunk)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples;

    fn minimal() -> Minimal {
        super::sample(&samples::red())
    }

    #[test]
    fn a_minimal_plan_told() {
        let mut minimal = minimal();
        minimal.before = Size {
            faults: 9,
            operations: 31,
        };
        minimal.nearest = Some("without the lost reply".to_owned());
        minimal.keep = Some("cp plan.json scenarios/likes/regressions/".to_owned());
        minimal.replay = Some("cargo chaos replay plan.json".to_owned());
        insta::assert_snapshot!(minimal.told());
    }

    #[test]
    fn what_was_cut_short_says_so() {
        let mut minimal = minimal();
        assert!(!minimal.told().contains("cut short"));
        minimal.is_minimal = false;
        assert!(minimal.told().contains("cut short"));
    }
}
