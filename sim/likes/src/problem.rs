//! Validation of what a plan says about likes.

use super::{
    missing::{MISSING_ARTICLE, is_missing},
    operation::LikeOperation,
    set_up::LikeSetUp,
};
use likewise_world::plan::{Plan, Problem, unreadable_fields};

/// The most articles, and the most blocked users. The set-up makes each with a request.
const SET_UP_MAX: u32 = 1_000;

/// The first problem of a plan's set-up and of its operations: fields that no like has, articles that are missing, or
/// users that cannot be.
pub(super) fn problem(plan: &Plan) -> Option<Problem> {
    unreadable_fields::<LikeSetUp, LikeOperation>(plan).or_else(|| {
        let set_up = LikeSetUp::of(plan);
        of_set_up(&set_up).or_else(|| of_operations(plan, &set_up))
    })
}

/// Articles and users that the set-up cannot make.
fn of_set_up(set_up: &LikeSetUp) -> Option<Problem> {
    if set_up.articles == 0 {
        return Some(Problem::new("articles", "there must be at least one"));
    }
    let most = format!("there can be {SET_UP_MAX} at most");
    if set_up.articles > SET_UP_MAX {
        return Some(Problem::new("articles", most));
    }
    if set_up.blocked_users.len() > SET_UP_MAX as usize {
        return Some(Problem::new("blocked_users", most));
    }
    let place = set_up.blocked_users.iter().position(|user| *user < 1)?;
    Some(Problem::new(
        format!("blocked_users[{place}]"),
        "a user is a number from 1",
    ))
}

fn of_operations(plan: &Plan, set_up: &LikeSetUp) -> Option<Problem> {
    // The probers have an article of their own.
    let articles = set_up.articles + u32::from(plan.probes_readiness);
    let mut operations = plan.workload.iter().enumerate();
    operations.find_map(|(place, operation)| {
        let why = wrong(LikeOperation::of(operation), articles)?;
        Some(Problem::new(format!("workload[{place}]"), why))
    })
}

/// What is wrong with an operation.
fn wrong(what: LikeOperation, articles: u32) -> Option<String> {
    let article = what.article;
    let exists = (1..=articles).contains(&article);
    if !exists && !is_missing(article) {
        return Some(format!(
            "wants article {article}, there are {articles}; one that does not exist is a number from {MISSING_ARTICLE}"
        ));
    }
    (what.user < 1).then(|| "needs a user from 1".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Action, operation::operation, set_up::with_blocked};

    fn plan(article: u32) -> Plan {
        Plan::new("x").with_operation(operation(1, Action::Like, article, 0))
    }

    #[test]
    fn an_operation_on_a_missing_article_is_named() {
        assert_eq!(problem(&plan(1)), None);
        assert_eq!(
            problem(&plan(2)).unwrap().to_string(),
            "workload[0]: wants article 2, there are 1; one that does not exist is a number from 1000000"
        );
        assert_eq!(problem(&plan(MISSING_ARTICLE)), None);
    }

    #[test]
    fn an_operation_without_an_action_and_one_of_another_system_are_named() {
        for (field, value, why) in [
            ("action", None, "missing field `action`"),
            ("action", Some("lik"), "unknown variant `lik`"),
            ("amount", Some("5"), "unknown field `amount`"),
        ] {
            let mut plan = plan(1);
            let what = &mut plan.workload[0].what;
            what.remove(field);
            what.extend(value.map(|value| (field.to_owned(), value.into())));
            let said = problem(&plan).unwrap().to_string();
            assert!(
                said.starts_with("workload[0]") && said.contains(why),
                "{said}"
            );
        }
    }

    type Change = fn(&mut LikeSetUp);

    #[test]
    fn an_impossible_set_up_is_refused_with_its_place() {
        let changes: [(&str, Change); 4] = [
            ("blocked_users[0]", |set_up| {
                set_up.blocked_users = vec![i64::MIN]
            }),
            ("blocked_users", |set_up| {
                set_up.blocked_users = vec![1; 1_001]
            }),
            ("articles", |set_up| set_up.articles = u32::MAX),
            ("articles", |set_up| set_up.articles = 0),
        ];
        for (at, change) in changes {
            let mut plan = plan(1);
            LikeSetUp::edit(&mut plan, change);
            assert_eq!(problem(&plan).unwrap().at, at);
        }
        assert_eq!(problem(&with_blocked(plan(1), &[1])), None);
    }

    #[test]
    fn an_unknown_field_of_the_set_up_is_named() {
        let mut plan = plan(1);
        plan.set_up.insert("artikles".to_owned(), 2.into());
        let problem = problem(&plan).unwrap();
        assert_eq!(problem.at, "artikles");
        assert_eq!(
            problem.what,
            "unknown field `artikles`, expected `articles` or `blocked_users`, or a field that every plan has"
        );
    }
}
