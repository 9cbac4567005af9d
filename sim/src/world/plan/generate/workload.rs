//! The workload of a swarm plan.
//!
//! Few users and fewer articles: what matters is that operations meet, not how many there are. A plan with many of
//! them is slow to run and slow to shrink.

use rand::RngExt;
use rand_pcg::Pcg64Mcg;

use super::SPREAD_MILLIS;
use crate::world::plan::{Action, Operation, Plan};

/// The most users of a plan.
const USERS_MAX: i64 = 16;
/// The most operations of a user.
const OPERATIONS_MAX: u32 = 5;

/// Draws the users, their articles and their operations.
///
/// One hot article makes sagas meet. If every user had an article, no two sagas would ever share a row.
pub(super) fn draw(rng: &mut Pcg64Mcg, plan: &mut Plan) {
    plan.articles = rng.random_range(1..=3);
    let users = rng.random_range(1..=USERS_MAX);
    let short_timeouts = rng.random_bool(0.3);
    let hasty = rng.random_bool(0.3);
    for user in 1..=users {
        if rng.random_ratio(1, 10) {
            plan.blocked_users.push(user);
        }
        // Most users choose the hot article, and mostly stay with their choice.
        let home = match rng.random_ratio(2, 3) {
            true => 1,
            false => rng.random_range(1..=plan.articles),
        };
        let mut at_millis = rng.random_range(0..SPREAD_MILLIS / 2);
        for _ in 0..rng.random_range(1..=OPERATIONS_MAX) {
            // A user with one article cannot show whether a state belongs to the user or to the pair.
            let article = match rng.random_ratio(1, 4) {
                true => rng.random_range(1..=plan.articles),
                false => home,
            };
            plan.workload.push(operation(
                rng,
                user,
                article,
                at_millis,
                (short_timeouts, hasty),
            ));
            at_millis += rng.random_range(0..SPREAD_MILLIS / 4);
        }
    }
}

fn operation(
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
    let timeout_millis = match short_timeouts && rng.random_bool(0.5) {
        true => rng.random_range(50..1_000),
        false => 15_000,
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
        ..Operation::new(user, action, article, at_millis)
    }
}
