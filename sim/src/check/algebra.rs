//! The algebra of steps, put to the test on the state that a run has left: repeating everything
//! that was ever sent changes nothing, and a compensation before its action wins for ever.

use likewise::saga::{StepReply, StepRequest};

use super::{Findings, Mirror, Property};
use crate::plan::Host;

pub(super) const REPEATS_CHANGE_NOTHING: Property = Property {
    name: "repeats-change-nothing",
    about: "sending every step of the run again, actions and compensations, changes no count and no record",
};

pub(super) const UNDO_FIRST_HOLDS: Property = Property {
    name: "undo-first-holds",
    about: "an action that arrives after its own compensation is answered dead and has no effect",
};

/// Judges a run whose every step was sent once more.
pub(super) fn repeats(
    before: &Mirror,
    after: &Mirror,
    steps: &[(Host, StepRequest)],
    findings: &mut Findings,
) {
    if steps.is_empty() {
        return;
    }
    findings.require(
        REPEATS_CHANGE_NOTHING,
        before.effects() == after.effects(),
        || difference(before, after),
    );
}

/// Judges compensation, action, compensation of a step that nobody had ever sent.
pub(super) fn undo_first(
    before: &Mirror,
    after: &Mirror,
    replies: &[StepReply],
    findings: &mut Findings,
) {
    let expected = [StepReply::Undone, StepReply::Dead, StepReply::Undone];
    let effects = before.effects() == after.effects();
    findings.require(
        UNDO_FIRST_HOLDS,
        effects && replies.chunks(3).all(|replies| replies == expected),
        || match effects {
            false => difference(before, after),
            true => format!("compensation, action, compensation were answered {replies:?}"),
        },
    );
}

fn difference(before: &Mirror, after: &Mirror) -> String {
    let counts = after
        .counts
        .iter()
        .find(|(article, likes)| before.counts.get(article) != Some(likes));
    match counts {
        Some((article, likes)) => {
            let old = before.counts.get(article).copied().unwrap_or(0);
            format!("article {article} went from {old} to {likes} likes")
        }
        None => format!(
            "there were {} records and now there are {}",
            before.likes.len(),
            after.likes.len()
        ),
    }
}
