//! What the clients of likes do: drawn for a swarm plan, and one operation for a small one.
//!
//! Few users and fewer articles: what matters is that operations meet, not how many there are. A plan with many of
//! them is slow to run and slow to shrink.

use rand::RngExt;
use rand_pcg::Pcg64Mcg;

use super::{
    captions,
    operation::{Action, LikeOperation, operation},
    problem,
    set_up::LikeSetUp,
    simpler,
    system::Likes,
};
use likewise_world::{
    Workload,
    plan::{Fields, Operation, Plan, Problem},
};

/// The most users of a plan.
const USERS_MAX: i64 = 16;
/// The most operations of a user.
const OPERATIONS_MAX: u32 = 5;

impl Workload for Likes {
    fn draw_workload(&self, rng: &mut Pcg64Mcg, spread_millis: u64, plan: &mut Plan) {
        draw(rng, spread_millis, plan);
    }

    /// A like, an unlike, and a like that must be compensated.
    fn bases(&self) -> Vec<Plan> {
        let sagas = [
            (Action::Like, false),
            (Action::Unlike, false),
            (Action::Like, true),
        ];
        let plans = sagas.map(|(action, blocked)| single(action, blocked));
        plans.to_vec()
    }

    fn crowd(&self) -> Plan {
        crowd()
    }

    fn problem(&self, plan: &Plan) -> Option<Problem> {
        problem::problem(plan)
    }

    fn captions(&self, plan: &Plan) -> Vec<String> {
        captions::operations(plan)
    }

    fn caption_of_workload(&self, plan: &Plan) -> String {
        captions::workload(plan)
    }

    fn client(&self, what: &Fields) -> i64 {
        LikeOperation::of_fields(what).user
    }

    fn simpler_set_ups(&self, plan: &Plan) -> Vec<Plan> {
        simpler::set_ups(plan)
    }

    fn smaller_set_ups(&self, plan: &Plan) -> Vec<(Plan, String)> {
        simpler::unblocked(plan)
    }

    fn simpler_operations(&self, what: &Fields) -> Vec<Fields> {
        simpler::operations(what)
    }
}

/// A plan with one operation of one user, without faults. Exhaustive search starts from such plans.
#[must_use]
pub fn single(action: Action, blocked: bool) -> Plan {
    let name = match (action, blocked) {
        (_, true) => "one like that must compensate",
        (Action::Like | Action::KeepLiked, _) => "one like",
        (Action::Unlike, _) => "one unlike",
    };
    let mut plan = Plan::new(name);
    LikeSetUp::edit(&mut plan, |set_up| {
        set_up.blocked_users = if blocked { vec![1] } else { Vec::new() };
    });
    if action == Action::Unlike {
        plan.workload.push(operation(1, Action::Like, 1, 0));
    }
    plan.workload.push(operation(1, action, 1, 0));
    plan
}

/// The users that like one article together.
const CROWD: i64 = 4;

/// A plan in which a few users like one article together, without faults.
pub(super) fn crowd() -> Plan {
    let mut plan = single(Action::Like, false);
    plan.workload = (1..=CROWD)
        .map(|user| operation(user, Action::Like, 1, 0))
        .collect();
    plan
}

/// Draws the users, their articles and their operations.
///
/// One hot article makes sagas meet. If every user had an article, no two sagas would ever share a row.
fn draw(rng: &mut Pcg64Mcg, spread_millis: u64, plan: &mut Plan) {
    let mut set_up = LikeSetUp {
        articles: rng.random_range(1..=3),
        blocked_users: Vec::new(),
    };
    let users = rng.random_range(1..=USERS_MAX);
    let short_timeouts = rng.random_bool(0.3);
    let hasty = rng.random_bool(0.3);
    for user in 1..=users {
        if rng.random_ratio(1, 10) {
            set_up.blocked_users.push(user);
        }
        // Most users choose the hot article, and mostly stay with their choice.
        let home = match rng.random_ratio(2, 3) {
            true => 1,
            false => rng.random_range(1..=set_up.articles),
        };
        let mut at_millis = rng.random_range(0..spread_millis / 2);
        for _ in 0..rng.random_range(1..=OPERATIONS_MAX) {
            // A user with one article cannot show whether a state belongs to the user or to the pair.
            let article = match rng.random_ratio(1, 4) {
                true => rng.random_range(1..=set_up.articles),
                false => home,
            };
            plan.workload.push(draw_operation(
                rng,
                user,
                article,
                at_millis,
                (short_timeouts, hasty),
            ));
            at_millis += rng.random_range(0..spread_millis / 4);
        }
    }
    LikeSetUp::edit(plan, |of_plan| *of_plan = set_up);
}

fn draw_operation(
    rng: &mut Pcg64Mcg,
    user: i64,
    article: u32,
    at_millis: u64,
    (short_timeouts, hasty): (bool, bool),
) -> Operation {
    let action = match rng.random_range(0..10) {
        0..5 => Action::Like,
        5..7 => Action::KeepLiked,
        _ => Action::Unlike,
    };
    let plain = operation(user, action, article, at_millis);
    let timeout_millis = match short_timeouts && rng.random_bool(0.5) {
        true => rng.random_range(50..1_000),
        false => plain.timeout_millis,
    };
    Operation {
        // Hasty users click twice without a key, so two requests are in progress concurrently.
        keyed: rng.random_bool(if hasty { 0.3 } else { 0.7 }),
        clicks: if rng.random_bool(if hasty { 0.5 } else { 0.125 }) {
            2
        } else {
            1
        },
        timeout_millis,
        retries: rng.random_range(0..=2),
        ..plain
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::{LIKES, operation::LikeOperation};
    use likewise_world::plan::generate;

    #[test]
    fn some_users_like_two_articles_and_many_users_like_the_hot_one() {
        let plans: Vec<Plan> = (0..40).map(|seed| generate(&LIKES, seed)).collect();
        let pairs = |plan: &Plan| -> BTreeSet<(i64, u32)> {
            let pair = |operation: &Operation| {
                let what = LikeOperation::of(operation);
                (what.user, what.article)
            };
            plan.workload.iter().map(pair).collect()
        };
        let users = |pairs: &BTreeSet<(i64, u32)>| {
            let users: BTreeSet<i64> = pairs.iter().map(|(user, _)| *user).collect();
            users.len()
        };
        let several = |plan: &&Plan| pairs(plan).len() > users(&pairs(plan));
        assert!(plans.iter().filter(several).count() >= 10);
        let hot = |plan: &&Plan| {
            pairs(plan)
                .iter()
                .filter(|(_, article)| *article == 1)
                .count()
                > 4
        };
        assert!(plans.iter().filter(hot).count() >= 10);
    }
}
