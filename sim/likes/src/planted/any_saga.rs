//! The planted bugs that any saga can have, as they show in likes: the situations of their plans, and what of likes they violate.

use likewise_world::{
    plan::{Host, MessageKind, Operation, Plan},
    planted::{CaughtByOwn, Situations, end_refused},
};

use crate::{
    Action, Likes,
    names::{ARTICLE, LIKE, USER},
    operation, single,
};

/// A like: it is counted, and then its record is made.
impl Situations for Likes {
    const FIRST: Host = ARTICLE;
    const LATER: Host = USER;
    const LAST: Host = USER;
    const OPERATION: MessageKind = LIKE;

    fn completes(client: i64, at_millis: u64) -> Operation {
        operation(client, Action::Like, 1, at_millis)
    }

    /// The user is blocked.
    fn refused() -> Plan {
        single(Action::Like, true)
    }

    /// A second like of the same article would have nothing to do.
    fn two_under_one_lock() -> Plan {
        let plan = single(Action::Like, false);
        end_refused(plan.with_operation(operation(1, Action::Unlike, 1, 0)))
    }
}

/// Most of these bugs leave a count and its records different. The checks of any saga know neither.
pub(super) const CAUGHT_BY: CaughtByOwn = CaughtByOwn {
    abort_without_seal: &["acknowledged-like-stays"],
    memory_log: &["divergence-is-bounded", "likes-equal-records"],
    keys_by_clock: &["pair-is-linearizable"],
    also: &[
        (
            "likes-equal-records",
            &[
                "undo-registered-late",
                "swallowed-undo",
                "double-undo",
                "no-tombstone",
                "early-gc",
                "reset-is-refusal",
                "cancel-kills-undo",
                "double-do",
                "blind-seal",
                "parked-is-forgotten",
                "batch-answered-as-first",
                "replies-before-commit",
            ],
        ),
        ("count-is-deltas", &["double-undo", "double-do"]),
        ("likes-never-negative", &["double-undo"]),
        (
            "divergence-is-bounded",
            &["log-after-send", "rest-of-batch-dropped"],
        ),
        ("acknowledged-like-stays", &["rest-of-batch-dropped"]),
    ],
};
