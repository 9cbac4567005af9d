//! How a plan is replayed from the command line.

use likewise_sim_likes::LIKES;
use likewise_world::plan::{Plan, generate};

/// The seed that `cargo chaos replay` takes for this plan; `None` if the plan must be passed as a file.
///
/// An edited plan keeps its seed, but the seed no longer generates it. So the plan is generated again and compared.
#[must_use]
pub fn replay_argument(plan: &Plan) -> Option<String> {
    let seed = plan.seed.filter(|seed| generate(&LIKES, *seed) == *plan)?;
    Some(seed.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Its seed would generate the plan before the edit, so the command would replay something else.
    #[test]
    fn an_edited_plan_has_no_replay_argument() {
        let mut plan = generate(&LIKES, 7);
        assert_eq!(replay_argument(&plan).unwrap(), "7");
        plan.faults.clear();
        assert_eq!(replay_argument(&plan), None);
    }
}
