//! Whether the run of a combination covered it: every fault fired, or the others prevented it.

use super::combinations::{Combination, Combinations};
use likewise_world::record::RunRecord;

/// How the run of a combination covered its faults.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Covered {
    /// Every fault fired.
    AllInjected,
    /// Some faults fired and kept the others from firing. Each of the others fires when it is alone.
    Prevented,
    /// The combination is not covered: no fault fired, or one that did not fire does not fire alone either.
    Missed,
}

impl Combinations {
    /// How the run of a combination covered its faults. `alone(base, fault)` says whether a fault fires when it is alone.
    ///
    /// Until the first fault fires, the run equals the run of that fault alone. So a fault that fires alone and not here
    /// was prevented by the others. Without this rule a generator that emits impossible faults would look complete.
    #[must_use]
    pub fn covered(
        combination: &Combination,
        record: &RunRecord,
        alone: impl Fn(usize, usize) -> bool,
    ) -> Covered {
        let fired = |place: usize| record.injected.get(place).copied().unwrap_or(false);
        if !record.injected.contains(&true) {
            return Covered::Missed;
        }
        let faults = combination.faults.iter().enumerate();
        let mut idle = faults.filter(|(place, _)| !fired(*place)).peekable();
        if idle.peek().is_none() {
            return Covered::AllInjected;
        }
        match idle.all(|(_, fault)| alone(combination.base, *fault)) {
            true => Covered::Prevented,
            false => Covered::Missed,
        }
    }
}
