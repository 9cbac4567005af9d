//! What an answer says about a pair of user and article, seen as a register that holds "liked" or "not liked".

use crate::{Action, LikeOperation};
use likewise_world::{check::ClientOp, record::Outcome};

/// The effect that a definite answer reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Meaning {
    /// It was not liked and now is.
    Liked,
    /// It was liked already.
    WasLiked,
    /// It was liked and now is not.
    Unliked,
    /// It was not liked already.
    WasNotLiked,
    /// Nothing changed, and nothing is said about the pair.
    Nothing,
}

/// The effect that an operation's answer reports. `None` if the outcome is unknown or there is no answer.
pub(super) fn meaning(op: &ClientOp) -> Option<Meaning> {
    if op.outcome == Outcome::Unknown {
        return None;
    }
    let answer = op.answer()?;
    let changed = answer.body.contains("\"current_likes\"");
    Some(match (LikeOperation::of_click(op).action, answer.status) {
        (Action::Like | Action::KeepLiked, 200) if changed => Meaning::Liked,
        (Action::Like | Action::KeepLiked, 200 | 409) => Meaning::WasLiked,
        (Action::Unlike, 200) if changed => Meaning::Unliked,
        (Action::Unlike, 200) => Meaning::WasNotLiked,
        _ => Meaning::Nothing,
    })
}
