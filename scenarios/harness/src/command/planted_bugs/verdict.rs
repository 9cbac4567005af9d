//! The verdict on one planted bug: as lines for people, as an object for programs, and as an entry of the report.

use likewise_reports::{
    analysis::{PlanOrigin, PlantedBugResult, PublishedFigures},
    story::explain,
};
use likewise_world::record::RunRecord;
use serde::Serialize;

use likewise_world::planted::PlantedBug;

/// Whether a planted bug was caught, and by which properties.
#[derive(Debug, Serialize)]
pub(super) struct BugVerdict {
    #[serde(rename = "type")]
    kind: &'static str,
    name: &'static str,
    about: &'static str,
    /// Whether it is a control: a system that is right and must not be caught.
    control: bool,
    caught: bool,
    /// The properties that it violated, the first violated one first.
    by: Vec<String>,
    /// The properties that must catch it. One of them is enough.
    expected: &'static [&'static str],
    /// Faults in its plan.
    faults: usize,
    /// Whether the product passes on the same plan.
    product_green: bool,
    explanation: Vec<String>,
    replay: String,
}

impl BugVerdict {
    /// Judges the run of a planted bug.
    pub(super) fn of(
        bug: &'static PlantedBug,
        record: &RunRecord,
        product_green: bool,
        replay: String,
    ) -> Self {
        // In the order of the violations, each property once.
        let mut by: Vec<String> = Vec::new();
        for violation in &record.violations {
            if !by.contains(&violation.property) {
                by.push(violation.property.clone());
            }
        }
        let is_expected = |property: &String| bug.caught_by.contains(&property.as_str());
        Self {
            kind: "specimen",
            name: bug.name,
            about: bug.about,
            control: bug.is_control(),
            caught: by.iter().any(is_expected),
            by,
            expected: bug.caught_by,
            faults: record.plan.faults.len(),
            product_green,
            explanation: match record.is_green() {
                true => Vec::new(),
                false => explain(record).to_vec(),
            },
            replay,
        }
    }

    /// The entry of the report. `published` are the figures of the last benchmark.
    pub(super) fn result(
        &self,
        folder: Option<String>,
        published: Option<PublishedFigures>,
    ) -> PlantedBugResult {
        PlantedBugResult {
            name: self.name.to_owned(),
            flaw: self.about.to_owned(),
            is_control: self.control,
            caught: self.caught,
            by: self.by.clone(),
            expected: self.expected.iter().map(|it| (*it).to_owned()).collect(),
            product_green: self.product_green,
            origin: PlanOrigin::Own,
            plans: 1,
            faults: self.faults as u64,
            explanation: self.explanation.clone(),
            replay: self.replay.clone(),
            folder,
            measured: Vec::new(),
            published,
        }
    }

    /// Whether it is as it must be: a planted bug is caught, and a control is not.
    pub(super) fn is_expected(&self) -> bool {
        match self.control {
            true => self.by.is_empty(),
            false => self.caught,
        }
    }

    fn verdict(&self) -> String {
        let by = self.by.join(", ");
        let expected = self.expected.join(" or ");
        match (self.control, self.caught, self.by.is_empty()) {
            (true, _, true) => "not caught, as expected of a control".to_owned(),
            (true, _, false) => format!("FALSE ALARM: {by} caught a control, which is right"),
            (false, true, _) => format!("caught by {by}"),
            (false, false, true) => "NOT CAUGHT".to_owned(),
            (false, false, false) => format!("NOT CAUGHT by {expected}, only by {by}"),
        }
    }

    /// Prints it for people.
    pub(super) fn print(&self) {
        let faults = match self.faults {
            1 => "1 fault".to_owned(),
            faults => format!("{faults} faults"),
        };
        eprintln!("{} ({faults}): {}", self.name, self.verdict());
        if !self.product_green {
            eprintln!("  BUT the product fails on the same plan");
        }
        eprintln!("  {}", self.about);
        for sentence in &self.explanation {
            eprintln!("  {sentence}");
        }
        eprintln!("  replay: {}", self.replay);
    }
}
