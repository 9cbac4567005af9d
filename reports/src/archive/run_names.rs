//! What the runs of a campaign are called: by the seed if it generates the plan, else by the name of the plan.
//!
//! An edited plan keeps its seed, but the seed no longer generates it. So the plan is generated again and compared. Only the
//! system can do that, so its caller passes the function.

use std::{
    fmt,
    hash::{DefaultHasher, Hash, Hasher},
    sync::Arc,
};

use likewise_world::{
    System,
    plan::{Plan, generate},
};

use super::layout::{MINIMAL, NEAREST, RUNS, plain_name};

/// Generates the plan of a seed.
type PlanOfSeed = dyn Fn(u64) -> Plan + Send + Sync;

/// Names the runs of a campaign.
#[derive(Clone)]
pub struct RunNames(Arc<PlanOfSeed>);

impl RunNames {
    /// The names of runs whose plans are generated with this function.
    fn new(plan_of_seed: impl Fn(u64) -> Plan + Send + Sync + 'static) -> Self {
        Self(Arc::new(plan_of_seed))
    }

    /// The names of the runs of this system.
    #[must_use]
    pub fn of_system(system: &'static dyn System) -> Self {
        Self::new(move |seed| generate(system, seed))
    }

    /// The names of runs whose seeds generate nothing.
    #[must_use]
    pub fn without_seeds() -> Self {
        Self::new(|_| Plan::new(""))
    }

    /// The seed that `cargo chaos replay` takes for this plan; `None` if the plan must be passed as a file.
    #[must_use]
    pub fn replay_argument(&self, plan: &Plan) -> Option<String> {
        let seed = plan.seed.filter(|seed| self.0(*seed) == *plan)?;
        Some(seed.to_string())
    }

    /// The folder of a plan's run, relative to the campaign's: `seeds/17`.
    #[must_use]
    pub fn run_folder(&self, plan: &Plan) -> String {
        format!("{RUNS}/{}", self.folder_name(plan))
    }

    /// The folder of the run of the minimal plan that this plan was shrunk to.
    #[must_use]
    pub fn minimal_folder(&self, plan: &Plan) -> String {
        format!("{}/{MINIMAL}", self.run_folder(plan))
    }

    /// The folder of the run of the nearest plan that passes.
    #[must_use]
    pub fn nearest_folder(&self, plan: &Plan) -> String {
        format!("{}/{NEAREST}", self.run_folder(plan))
    }

    /// The seed if it generates the plan; else the plan's name with a hash, because different plans may share a name.
    fn folder_name(&self, plan: &Plan) -> String {
        self.replay_argument(plan).unwrap_or_else(|| {
            let mut hasher = DefaultHasher::new();
            format!("{plan:?}").hash(&mut hasher);
            format!("{}-{:08x}", plain_name(&plan.name), hasher.finish() >> 32)
        })
    }
}

impl fmt::Debug for RunNames {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("RunNames").finish_non_exhaustive()
    }
}

/// The seed that names a run's folder, if one does. It generates the plan of that run.
pub(crate) fn seed_of_folder(folder: &str, plan: &Plan) -> Option<u64> {
    plan.seed.filter(|seed| folder == format!("{RUNS}/{seed}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn generated(seed: u64) -> Plan {
        let mut plan = Plan::new("generated");
        plan.seed = Some(seed);
        plan.noise = seed;
        plan
    }

    /// Its seed would generate the plan before the edit, so the command would replay something else.
    #[test]
    fn an_edited_plan_has_no_replay_argument() {
        let names = RunNames::new(generated);
        let mut plan = generated(7);
        assert_eq!(names.replay_argument(&plan).unwrap(), "7");
        assert_eq!(names.run_folder(&plan), "seeds/7");
        assert_eq!(seed_of_folder("seeds/7", &plan), Some(7));
        plan.noise += 1;
        assert_eq!(names.replay_argument(&plan), None);
        assert_eq!(seed_of_folder(&names.run_folder(&plan), &plan), None);
        assert_eq!(
            RunNames::without_seeds().replay_argument(&generated(7)),
            None
        );
    }

    /// A person edits a plan and runs it again. The first run must not be overwritten.
    #[test]
    fn plans_with_the_same_name_have_different_folders() {
        let names = RunNames::without_seeds();
        let plan = generated(7);
        let mut edited = plan.clone();
        edited.noise += 1;
        assert_ne!(names.run_folder(&plan), names.run_folder(&edited));
        assert!(names.nearest_folder(&plan).ends_with("/nearest"));
    }
}
