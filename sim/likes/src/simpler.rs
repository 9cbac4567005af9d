//! Simpler plans of likes, for shrinking: fewer blocked users, one article, plain likes.

use std::collections::BTreeMap;

use super::{
    missing::{MISSING_ARTICLE, is_missing},
    operation::{Action, LikeOperation},
    set_up::LikeSetUp,
};
use likewise_world::plan::{Fields, Plan};

/// The plan with a simpler set-up, each change alone.
pub(super) fn set_ups(plan: &Plan) -> Vec<Plan> {
    let mut plans = vec![edited(plan, |plan| {
        LikeSetUp::edit(plan, |set_up| set_up.blocked_users.clear());
    })];
    plans.extend(unblocked(plan).into_iter().map(|(plan, _)| plan));
    plans.push(edited(plan, renumber));
    plans.push(edited(plan, on_one_article));
    plans
}

/// The plan with one blocked user less, and the change in words.
pub(super) fn unblocked(plan: &Plan) -> Vec<(Plan, String)> {
    let blocked = LikeSetUp::of(plan).blocked_users.into_iter().enumerate();
    let without = |(place, user): (usize, i64)| {
        let changed = edited(plan, |plan| {
            LikeSetUp::edit(plan, |set_up| {
                set_up.blocked_users.remove(place);
            });
        });
        (changed, format!("with user {user} not blocked"))
    };
    blocked.map(without).collect()
}

/// The simpler forms of what an operation does: a plain like.
pub(super) fn operations(what: &Fields) -> Vec<Fields> {
    let plain = |what: LikeOperation| LikeOperation {
        action: Action::Like,
        ..what
    };
    let what = LikeOperation::try_of(what);
    what.map(|what| plain(what).fields()).into_iter().collect()
}

fn edited(plan: &Plan, edit: impl FnOnce(&mut Plan)) -> Plan {
    let mut plan = plan.clone();
    edit(&mut plan);
    plan
}

/// Numbers users and articles from 1 without gaps, in the order in which they occur. Blocked users without operations
/// are dropped.
///
/// An article that does not exist stays one. Otherwise numbers do not change what happens, but a plan with users 1 and 2 is easier
/// to read than one with 7 and 12.
fn renumber(plan: &mut Plan) {
    let mut users = BTreeMap::new();
    let (mut articles, mut missing) = (BTreeMap::new(), BTreeMap::new());
    for operation in &mut plan.workload {
        LikeOperation::edit(operation, |what| {
            let next = users.len() as i64 + 1;
            what.user = *users.entry(what.user).or_insert(next);
            let (known, first) = match is_missing(what.article) {
                true => (&mut missing, MISSING_ARTICLE),
                false => (&mut articles, 1),
            };
            let next = known.len() as u32 + first;
            what.article = *known.entry(what.article).or_insert(next);
        });
    }
    LikeSetUp::edit(plan, |set_up| {
        set_up.articles = articles.len().max(1) as u32;
        let renumbered = |user: &i64| users.get(user).copied();
        set_up.blocked_users = set_up.blocked_users.iter().filter_map(renumbered).collect();
    });
}

/// Moves every operation to article 1, but those on an article that does not exist.
fn on_one_article(plan: &mut Plan) {
    for operation in &mut plan.workload {
        LikeOperation::edit(operation, |what| {
            if !is_missing(what.article) {
                what.article = 1;
            }
        });
    }
    LikeSetUp::edit(plan, |set_up| set_up.articles = 1);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operation::operation;

    #[test]
    fn users_and_articles_are_renumbered_together() {
        let mut plan = Plan::new("x")
            .with_operation(operation(7, Action::Unlike, 3, 0))
            .with_operation(operation(4, Action::Like, 2, 0))
            .with_operation(operation(7, Action::Like, 2, 0))
            .with_operation(operation(8, Action::Like, MISSING_ARTICLE + 2, 0));
        LikeSetUp::edit(&mut plan, |set_up| {
            set_up.articles = 3;
            set_up.blocked_users = vec![9, 4];
        });
        renumber(&mut plan);
        let pair = |operation| {
            let what = LikeOperation::of(operation);
            (what.user, what.article)
        };
        let pairs: Vec<_> = plan.workload.iter().map(pair).collect();
        assert_eq!(pairs, [(1, 1), (2, 2), (1, 2), (3, MISSING_ARTICLE)]);
        let set_up = LikeSetUp::of(&plan);
        assert_eq!((set_up.articles, &set_up.blocked_users[..]), (2, &[2][..]));
    }

    #[test]
    fn each_blocked_user_is_let_in_alone() {
        let plan = crate::set_up::with_blocked(Plan::new("x"), &[2, 5]);
        let changes: Vec<String> = unblocked(&plan).into_iter().map(|(_, why)| why).collect();
        assert_eq!(
            changes,
            ["with user 2 not blocked", "with user 5 not blocked"]
        );
    }
}
