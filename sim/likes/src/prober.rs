//! The likes of the probers: of users and of an article that no other client has.

use std::collections::BTreeSet;

use super::{
    operation::{Action, LikeOperation},
    set_up::LikeSetUp,
};
use likewise_world::plan::{Fields, Plan};

/// The first user of the probers, if the plan has no such user.
const USERS_FROM: i64 = 1_000_000;
/// The users of one prober: more than a run has seconds.
const USERS_EACH: i64 = 100_000;

/// The article of the probers: the one after those of the plan.
pub(super) fn article(plan: &Plan) -> u32 {
    LikeSetUp::of(plan).articles + 1
}

/// The likes of one prober. None of its users is a user of the plan.
pub(super) fn operations(
    plan: &Plan,
    coordinator: i64,
) -> impl Iterator<Item = Fields> + Send + Sync + use<> {
    let operations = plan.workload.iter().map(LikeOperation::of);
    let of_workload = operations.map(|operation| operation.user);
    let taken: BTreeSet<i64> = of_workload
        .chain(LikeSetUp::of(plan).blocked_users)
        .collect();
    let from = USERS_FROM + coordinator * USERS_EACH;
    let users = (from..from + USERS_EACH).filter(move |user| !taken.contains(user));
    let article = article(plan);
    users.map(move |user| {
        let what = LikeOperation {
            user,
            action: Action::Like,
            article,
        };
        what.fields()
    })
}
