//! What an answer says about a pair of user and article, read as a register.

use crate::world::{check::ClientOp, plan::Action, record::Outcome};

/// What a definite answer says about the pair, as a register that holds "liked" or "not liked".
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
    /// Nothing changed.
    Nothing,
}

/// What its outcome says about the pair; nothing while it is unknown.
pub(super) fn meaning(op: &ClientOp) -> Option<Meaning> {
    if op.outcome == Outcome::Unknown {
        return None;
    }
    let answer = op.answer()?;
    let changed = answer.body.contains("\"current_likes\"");
    Some(match (op.action, answer.status) {
        (Action::Like | Action::KeepLiked, 200) if changed => Meaning::Liked,
        (Action::Like | Action::KeepLiked, 200 | 409) => Meaning::WasLiked,
        (Action::Unlike, 200) if changed => Meaning::Unliked,
        (Action::Unlike, 200) => Meaning::WasNotLiked,
        _ => Meaning::Nothing,
    })
}
