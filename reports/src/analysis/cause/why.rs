//! Why a run failed, in answers that every report gives in this order and under these names.
//!
//! ```text
//!  promised   what was promised
//!  happened   what happened instead
//!  moment     the first wrong change, and the message that caused it
//!  reason     the rule or the part of the system that let it happen
//!  passes     what would have prevented it: the nearest plan that passes
//!  certain    when it was baked in: the event from which on every future fails
//! ```
//!
//! The answers are made from the record alone, so the terminal, the page, `report.json` and a pull request tell the same
//! story. None of them knows a system: its words come from the labels of the record.

use likewise_world::record::RunRecord;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{happened, moment, plain::sentence, reason, scene::Scene, wrong_change::WrongChange};

/// Why a run failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Why {
    /// The cause in a few words, without numbers. Failures with the same words have one cause.
    pub cause: String,
    /// What was promised: the property that was violated first.
    pub promised: String,
    /// What happened instead.
    pub happened: String,
    /// The decisive moment: the first wrong change, with the message that caused it.
    pub moment: String,
    /// Why the system did it: the mistake, if it is a planted one, and the rule that did not hold.
    pub reason: String,
    /// What would have prevented it. Missing if that is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub passes: Option<String>,
    /// When the failure was baked in: from which event on its futures fail. Missing if that was not searched.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub certain: Option<String>,
    /// The place of the decisive moment among the events of the run.
    pub event: usize,
}

impl Why {
    /// Why a run failed. `None` if no property was violated.
    #[must_use]
    pub fn of(record: &RunRecord) -> Option<Self> {
        let first = record.violations.first()?;
        let change = WrongChange::of(record)?;
        let scene = Scene::at(record, change.event);
        Some(Self {
            cause: change.signature(record),
            promised: promised(record, &first.property),
            happened: happened::sentence(record, &change, &scene),
            moment: moment::sentence(record, &change, &scene),
            reason: reason::sentences(record, &change, &scene),
            passes: None,
            certain: None,
            event: change.event,
        })
    }

    /// The answers in their order, each under its name.
    #[must_use]
    pub fn answers(&self) -> Vec<(&'static str, &str)> {
        let mut answers = vec![
            ("promised", self.promised.as_str()),
            ("happened", &self.happened),
            ("moment", &self.moment),
            ("reason", &self.reason),
        ];
        answers.extend(self.passes.iter().map(|passes| ("passes", passes.as_str())));
        answers.extend(
            self.certain
                .iter()
                .map(|certain| ("certain", certain.as_str())),
        );
        answers
    }
}

/// The property in one sentence. Older records have only its name.
fn promised(record: &RunRecord, property: &str) -> String {
    let mut known = record.properties.iter();
    let about = known.find(|it| it.name == property).map(|it| &*it.about);
    match about {
        Some(about) if !about.is_empty() => sentence(about),
        _ => format!("The property {property} holds."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples::records;

    #[test]
    fn a_compensation_that_ran_twice_is_answered_in_five_sentences() {
        let mut why = Why::of(&records::red()).unwrap();
        why.passes = Some("The same plan passes without the lost reply.".to_owned());
        let answers = why.answers();
        let text: Vec<String> = answers
            .iter()
            .map(|(name, text)| format!("{name}: {text}"))
            .collect();
        insta::assert_snapshot!(text.join("\n"), @r#"
        promised: What sold-equals-orders says.
        happened: The compensation of step 0 of saga 1 ran twice: item 1 went from 0 to −1 sold. In the end the two numbers of item 1 differ: sold −1, ordered 0.
        moment: 60 ms, event 19: the transaction “steps” of store committed: item 1 went from 0 to −1 sold. Coordinator had sent “undo step 0 of saga 1” again with message 7: the reply before was lost.
        reason: This system has a planted mistake: the compensation has no barrier. The barrier row of step 0 of saga 1 said “undone”, and did not stop the step. The promise rests on what keeps sold-equals-orders.
        passes: The same plan passes without the lost reply.
        "#);
        assert_eq!(why.cause, "a compensation ran twice");
    }

    #[test]
    fn a_run_that_violated_nothing_has_no_why() {
        assert_eq!(Why::of(&records::green()), None);
    }
}
