//! The plans of a campaign: a list, a range of seeds, or a range of fault combinations.

use std::{ops::Range, sync::Arc};

use crate::exhaustive::{Combinations, Task};
use likewise_world::{
    System,
    plan::{Plan, generate},
};

/// The plans of a campaign, in order.
#[derive(Debug, Clone)]
pub enum Plans {
    /// The swarm plans of these seeds.
    Seeds(Range<u64>),
    /// The swarm plans of these seeds, for a planted bug in place of the product.
    SeedsOf(String, Range<u64>),
    /// These plans.
    List(Vec<Plan>),
    /// The combinations of faults with these numbers. Each plan is built when its turn comes. Combinations that need no
    /// run are not handed over.
    Combined(Arc<Combinations>, Range<u64>),
}

impl Plans {
    /// The number of plans, with those that need no run.
    #[must_use]
    pub fn count(&self) -> u64 {
        match self {
            Self::Seeds(range) | Self::SeedsOf(_, range) | Self::Combined(_, range) => {
                range.end.saturating_sub(range.start)
            }
            Self::List(plans) => plans.len() as u64,
        }
    }

    /// What to do about the plan at a place. `None` past the last one.
    pub(super) fn get(&self, system: &dyn System, place: u64) -> Option<Task> {
        match self {
            Self::Seeds(seeds) => seed_at(seeds, place).map(|seed| generate(system, seed)),
            Self::SeedsOf(bug, seeds) => seed_at(seeds, place).map(|seed| Plan {
                system: bug.clone(),
                ..generate(system, seed)
            }),
            Self::List(plans) => plans.get(usize::try_from(place).ok()?).cloned(),
            Self::Combined(all, range) => {
                let number = range.start.checked_add(place)?;
                return range.contains(&number).then(|| all.task(number))?;
            }
        }
        .map(|plan| Task::Run(Box::new(plan)))
    }
}

fn seed_at(seeds: &Range<u64>, place: u64) -> Option<u64> {
    let seed = seeds.start.checked_add(place)?;
    seeds.contains(&seed).then_some(seed)
}
