//! Operations and workloads of likes in words.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    missing::is_missing,
    operation::{Action, LikeOperation},
    set_up::LikeSetUp,
};
use likewise_world::plan::Plan;

/// Each operation of a plan in words.
pub(super) fn operations(plan: &Plan) -> Vec<String> {
    let blocked = LikeSetUp::of(plan).blocked_users;
    let operations = plan.workload.iter().map(LikeOperation::of);
    operations.map(|what| operation(what, &blocked)).collect()
}

/// `KeepLiked` is the request that is done if the like exists already, so it is told as *sets*.
fn operation(what: LikeOperation, blocked: &[i64]) -> String {
    let LikeOperation {
        user,
        action,
        article,
    } = what;
    let verb = match action {
        Action::Like => "likes",
        Action::KeepLiked => "sets a like of",
        Action::Unlike => "unlikes",
    };
    let blocked = match blocked.contains(&user) {
        true => " (blocked)",
        false => "",
    };
    let missing = match is_missing(article) {
        true => " (missing)",
        false => "",
    };
    format!("user {user}{blocked} {verb} article {article}{missing}")
}

/// The whole workload in words. Users are counted once, however many operations they have.
pub(super) fn workload(plan: &Plan) -> String {
    let operations = plan.workload.iter().map(LikeOperation::of);
    let users: BTreeSet<i64> = operations.clone().map(|it| it.user).collect();
    let mut by_action: BTreeMap<Action, usize> = BTreeMap::new();
    for operation in operations {
        *by_action.entry(operation.action).or_default() += 1;
    }
    let actions: Vec<String> = by_action
        .into_iter()
        .map(|(action, number)| match action {
            Action::Like => count(number, "like"),
            Action::KeepLiked => count(number, "set like"),
            Action::Unlike => count(number, "unlike"),
        })
        .collect();
    let actions = match actions.split_last() {
        None => "nothing".to_owned(),
        Some((last, [])) => last.clone(),
        Some((last, others)) => format!("{} and {last}", others.join(", ")),
    };
    let articles = LikeSetUp::of(plan).articles as usize;
    let verb = if users.len() == 1 {
        "requests"
    } else {
        "request"
    };
    format!(
        "{} {verb} {actions} on {}",
        count(users.len(), "user"),
        count(articles, "article")
    )
}

fn count(number: usize, noun: &str) -> String {
    match number {
        1 => format!("1 {noun}"),
        _ => format!("{number} {noun}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{operation as like, set_up::with_blocked};

    fn plan() -> Plan {
        let plan = Plan::new("x")
            .with_operation(like(1, Action::Like, 1, 0))
            .with_operation(like(2, Action::KeepLiked, 1, 0))
            .with_operation(like(1, Action::Unlike, 1, 0))
            .with_operation(like(1, Action::Like, 1_000_000, 0));
        with_blocked(plan, &[2])
    }

    #[test]
    fn an_operation_says_who_does_what_and_who_is_blocked() {
        let expected = [
            "user 1 likes article 1",
            "user 2 (blocked) sets a like of article 1",
            "user 1 unlikes article 1",
            "user 1 likes article 1000000 (missing)",
        ];
        assert_eq!(operations(&plan()), expected);
    }

    #[test]
    fn a_workload_counts_its_users_and_actions() {
        assert_eq!(
            workload(&plan()),
            "2 users request 2 likes, 1 set like and 1 unlike on 1 article"
        );
        assert_eq!(
            workload(&Plan::new("x")),
            "0 users request nothing on 1 article"
        );
    }
}
