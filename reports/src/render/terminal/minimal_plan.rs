//! The result of shrinking as terminal text.

use std::fmt::Write as _;

use crate::{
    analysis::{MinimalPlan, PlanSize, Why},
    units::count,
};

/// The explanation, the sizes and the commands, indented. The replay command comes last.
#[must_use]
pub fn minimal_plan(minimal: &MinimalPlan) -> String {
    let mut text = answers(&minimal.explanation, minimal.why.as_ref());
    let (before, after) = (size(minimal.before), size(minimal.after));
    let runs = count(minimal.runs, "run", "runs");
    let note = match minimal.is_minimal {
        true => "",
        false => "; cut short, a smaller plan may exist",
    };
    let _ = writeln!(text, "  shrunk from {before} to {after} in {runs}{note}");
    if minimal.nearest.is_none() {
        let _ = writeln!(text, "  no plan that differs by one change passes");
    }
    if let Some(keep) = &minimal.keep {
        let _ = writeln!(text, "  keep: {keep}");
    }
    if let Some(replay) = &minimal.replay {
        let _ = writeln!(text, "  replay: {replay}");
    }
    text
}

/// What was run, and why it failed. Older reports have only the three sentences.
pub(super) fn answers(explanation: &[String; 3], why: Option<&Why>) -> String {
    let Some(why) = why else {
        return explanation.iter().map(|it| format!("  {it}\n")).collect();
    };
    let mut text = format!("  run: {}\n", explanation[0]);
    for (name, answer) in why.answers() {
        let _ = writeln!(text, "  {name}: {answer}");
    }
    text
}

/// Faults and operations are what shrinking removes, so they are its measure.
fn size(size: PlanSize) -> String {
    let faults = count(size.faults as u64, "fault", "faults");
    let operations = count(size.operations as u64, "operation", "operations");
    format!("{faults} and {operations}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples::records;

    #[test]
    fn a_minimal_plan_with_all_its_parts() {
        let mut minimal = MinimalPlan::sample(&records::red());
        minimal.before = PlanSize {
            faults: 9,
            operations: 31,
        };
        minimal.nearest = Some("without the lost reply".to_owned());
        minimal.why.as_mut().unwrap().passes =
            Some("The same plan passes without the lost reply.".to_owned());
        minimal.keep = Some("cp plan.json scenarios/shop/regressions/".to_owned());
        minimal.replay = Some("cargo chaos replay plan.json".to_owned());
        insta::assert_snapshot!(minimal_plan(&minimal));
    }

    #[test]
    fn shrinking_that_was_cut_short_says_so() {
        let mut minimal = MinimalPlan::sample(&records::red());
        assert!(!minimal_plan(&minimal).contains("cut short"));
        minimal.is_minimal = false;
        assert!(minimal_plan(&minimal).contains("cut short"));
    }
}
