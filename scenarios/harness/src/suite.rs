//! What a package of scenarios hands to the harness: its catalogue and the files that belong to it.

use likewise_world::{System, did_you_mean, plan::Plan, planted::PlantedBug};

use crate::exit::UsageError;

/// A named situation: one plan that anyone can run and read.
#[derive(Debug, Clone, Copy)]
pub struct Scenario {
    /// The name, as `cargo chaos replay NAME` takes it.
    pub name: &'static str,
    /// What happens, in one sentence.
    pub about: &'static str,
    /// Builds the plan. Its name does not matter: [`Scenario::plan`] sets it.
    pub build: fn() -> Plan,
}

impl Scenario {
    /// The plan, with the name of the scenario.
    #[must_use]
    pub fn plan(&self) -> Plan {
        let mut plan = (self.build)();
        plan.name = self.name.to_owned();
        plan
    }
}

/// A package of scenarios, as the commands see it.
#[derive(Debug)]
pub struct Suite {
    /// The program as people run it from the root of the repository: `cargo chaos`. The commands that the harness prints begin
    /// with it.
    pub command: &'static str,
    /// The system under test.
    pub system: &'static dyn System,
    /// The catalogue, in the order in which `cargo chaos list` shows it.
    pub scenarios: &'static [Scenario],
    /// The folder of the regressions, relative to the root of the repository.
    pub regressions: &'static str,
    /// The published detection benchmark, if there is one.
    pub detection: Option<DetectionFiles>,
}

/// The published detection benchmark: how soon each planted bug is caught.
///
/// The data is the only source. The page is generated from it, so the figures exist once.
#[derive(Debug)]
pub struct DetectionFiles {
    /// The data, as JSON: a [`Detection`](crate::Detection).
    pub data: &'static str,
    /// Where the data is kept, relative to the root of the repository.
    pub data_path: &'static str,
    /// The template of the page. [`page`](crate::page) names its placeholders.
    pub template: &'static str,
    /// Where the page is kept, relative to the root of the repository.
    pub page_path: &'static str,
}

impl Suite {
    /// The plan of the scenario with this name.
    #[must_use]
    pub fn plan(&self, name: &str) -> Option<Plan> {
        let scenario = self.scenarios.iter().find(|it| it.name == name)?;
        Some(scenario.plan())
    }

    /// The planted bugs with these names, or all of them if there are no names.
    pub(crate) fn planted_bugs(
        &self,
        names: &[String],
    ) -> impl Iterator<Item = &'static PlantedBug> {
        let is_named = |bug: &&PlantedBug| names.iter().any(|name| name == bug.name);
        let bugs = self.system.planted_bugs().iter();
        bugs.filter(move |bug| names.is_empty() || is_named(bug))
    }

    /// Refuses the name of a variant that does not exist.
    ///
    /// # Errors
    /// [`UsageError`]: neither the product nor a planted bug has this name.
    pub(crate) fn require_variant(&self, name: &str) -> Result<(), UsageError> {
        match self.system.variant(name) {
            Some(_) => Ok(()),
            None => {
                let names = self.system.planted_bugs().iter().map(|it| it.name);
                let hint = did_you_mean(name, names);
                Err(UsageError(format!(
                    "there is no system '{name}'{hint}; `{} list` names the planted bugs",
                    self.command
                )))
            }
        }
    }

    /// A suite without scenarios, for tests of the harness.
    #[cfg(test)]
    pub(crate) fn empty() -> &'static Self {
        const EMPTY: Suite = Suite {
            command: "cargo run -p likewise-transfers --",
            system: &likewise_transfers::TRANSFERS,
            scenarios: &[],
            regressions: "regressions",
            detection: Some(DetectionFiles {
                data: "{}",
                data_path: "detection.json",
                template: "",
                page_path: "planted-bugs.md",
            }),
        };
        &EMPTY
    }

    /// A small plan of its system, without faults.
    #[cfg(test)]
    pub(crate) fn clean_plan() -> Plan {
        Self::empty().system.bases().swap_remove(0)
    }
}
