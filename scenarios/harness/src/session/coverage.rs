//! The coverage gate at the end of a campaign: what was not covered, and what would cover it.
//!
//! The report names the properties that were never exercised. What exercises them is the system's to say, so the harness adds it.

use likewise_reports::analysis::CoverageGate;
use likewise_world::{System, check::Property};

use super::state::Session;

impl Session {
    /// Compares the runs with the coverage gate.
    ///
    /// Call it once, after all runs. Commands that run one plan do not call it: one run covers nearly nothing.
    pub(crate) fn require_coverage(&mut self) {
        let gate = CoverageGate::of(&self.summary);
        for reason in gate.missing() {
            self.note_inconclusive(reason);
        }
        if !gate.too_small {
            self.cures = cures(self.system(), &gate.never_exercised);
        }
        self.unjudged = gate.unjudged();
    }
}

/// For each of these properties that the system has, one sentence: what exercises it, and what to do.
fn cures(system: &dyn System, never_exercised: &[String]) -> Vec<String> {
    let properties = system.properties().into_iter();
    let never = properties.filter(|it| never_exercised.iter().any(|name| name == it.name));
    never.map(|property| cure(system, &property)).collect()
}

fn cure(
    system: &dyn System,
    Property {
        name, exercised_by, ..
    }: &Property,
) -> String {
    let is_own = system.own_properties().iter().any(|own| own.name == *name);
    let cure = match is_own {
        true => "let `draw_workload` draw it, or take the property out of `own_properties`",
        false => "let `draw_workload` draw it, or run more seeds",
    };
    format!("`{name}` is exercised by {exercised_by}: {cure}")
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use likewise_search::campaign::run_on_core;
    use likewise_world::testing::{SHOP, one_order};

    use super::*;
    use crate::{arguments::Common, exit::Exit, suite::Suite};

    /// As many runs as the gate needs.
    const ENOUGH: u32 = 200;

    /// One order of one thing, by one coordinator and without faults.
    #[test]
    fn a_property_that_no_run_exercises_is_named_with_what_exercises_it() {
        static OF_SHOP: Suite = Suite {
            command: "cargo run -p shop --",
            system: &SHOP,
            scenarios: &[],
            regressions: "regressions",
            detection: None,
        };
        let folder = tempfile::tempdir().unwrap();
        let common = Common {
            out: Some(folder.path().to_owned()),
            ..Common::default()
        };
        let mut session = Session::start(&OF_SHOP, &common).unwrap();
        let record = run_on_core(0, &SHOP, &one_order()).unwrap();
        assert!(record.is_green(), "{:?}", record.violations);
        for _ in 0..ENOUGH {
            session.record_run_quietly(&record, Duration::ZERO);
        }
        session.require_coverage();
        assert_eq!(session.exit, Exit::Inconclusive);
        let own = "`sold-out-takes-nothing` is exercised by an order of more than there is: let `draw_workload` draw \
                   it, or take the property out of `own_properties`";
        assert_eq!(session.cures[0], own);
        let of_any_saga = session
            .cures
            .iter()
            .find(|it| it.contains("takes-over-within-bound"));
        let cure = of_any_saga.unwrap();
        assert!(cure.contains("exercised by several coordinators"), "{cure}");
        assert!(cure.ends_with("or run more seeds"), "{cure}");
    }
}
