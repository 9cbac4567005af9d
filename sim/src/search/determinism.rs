//! The proof of determinism: two runs of one plan must be the same, event by event.

use crate::world::record::{Event, RunRecord};

/// Where two runs of one plan part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Divergence {
    /// How the second run was made.
    pub how: String,
    /// The place of the first event that differs.
    pub event: usize,
    /// That event in the first run, as JSON; `nothing` if it had ended.
    pub left: String,
    /// That event in the second run.
    pub right: String,
}

/// Compares two runs of one plan. Nothing, if they are the same.
#[must_use]
pub fn compare(left: &RunRecord, right: &RunRecord, how: &str) -> Option<Divergence> {
    if left.hash == right.hash && left.events.len() == right.events.len() {
        return None;
    }
    let longest = left.events.len().max(right.events.len());
    let event = (0..longest)
        .find(|place| left.events.get(*place) != right.events.get(*place))
        .unwrap_or(longest);
    Some(Divergence {
        how: how.to_owned(),
        event,
        left: shown(left.events.get(event)),
        right: shown(right.events.get(event)),
    })
}

fn shown(event: Option<&Event>) -> String {
    let json = event.map(serde_json::to_string);
    json.and_then(Result::ok)
        .unwrap_or_else(|| "nothing".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{run::run, world::plan::generate};

    #[test]
    fn the_same_plan_is_the_same_run() {
        let plan = generate(3);
        assert_eq!(
            compare(&run(&plan).unwrap(), &run(&plan).unwrap(), "again"),
            None
        );
    }

    #[test]
    fn another_noise_is_named_at_its_first_event() {
        let left = generate(3);
        let mut right = left.clone();
        right.noise += 1;
        let divergence =
            compare(&run(&left).unwrap(), &run(&right).unwrap(), "other noise").unwrap();
        assert_ne!(divergence.left, divergence.right);
    }
}
