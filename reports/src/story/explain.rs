//! A run in exactly three plain sentences.

use std::collections::{BTreeMap, BTreeSet};

use likewise_sim::{
    fingerprint::causes,
    plan::{Action, FaultKind, Operation, PRODUCT, Plan, PlannedFault},
    record::{PropertyStatus, RunRecord},
};

use super::{millis_since, struck, then, words::listed, workload_began};
use crate::terminal::count;

/// Faults and operations that are named one by one at most; more are counted.
const FAULTS_NAMED_MAX: usize = 3;
const OPERATIONS_NAMED_MAX: usize = 2;

/// One sentence each. Of a failure: what was asked for and what struck where; what the system did then; which
/// property broke, with the numbers. Of a run that passed: what was asked for, what struck, what held.
#[must_use]
pub fn explain(record: &RunRecord) -> [String; 3] {
    let asked = asked(record);
    if record.is_green() {
        return [format!("{asked}."), struck(record), nothing_wrong(record)];
    }
    let what_struck = match causes(record).len() {
        0 => "nothing struck before it went wrong".to_owned(),
        _ => struck_clause(record),
    };
    [
        format!("{asked}, and {what_struck}."),
        then::told(record),
        wrong(record),
    ]
}

/// What the users asked for, and of which system.
fn asked(record: &RunRecord) -> String {
    let plan = &record.plan;
    let wishes = match plan.workload.len() {
        1..=OPERATIONS_NAMED_MAX => {
            let each: Vec<String> = plan.workload.iter().map(|op| wish(plan, op)).collect();
            capitalised(&listed(&each, "nobody asked for anything"))
        }
        _ => counted_wishes(plan),
    };
    match plan.system.as_str() {
        PRODUCT => wishes,
        specimen => format!("{wishes}, in the specimen {specimen}"),
    }
}

fn wish(plan: &Plan, operation: &Operation) -> String {
    let user = operation.user;
    let blocked = match plan.blocked_users.contains(&user) {
        true => " (who is blocked)",
        false => "",
    };
    let wished = match operation.action {
        Action::Like => "liked",
        Action::KeepLiked => "set a like of",
        Action::Unlike => "unliked",
    };
    format!(
        "user {user}{blocked} {wished} article {}",
        operation.article
    )
}

fn counted_wishes(plan: &Plan) -> String {
    let users: BTreeSet<i64> = plan.workload.iter().map(|op| op.user).collect();
    let mut by_action: BTreeMap<Action, u64> = BTreeMap::new();
    for operation in &plan.workload {
        *by_action.entry(operation.action).or_default() += 1;
    }
    let actions: Vec<String> = by_action
        .into_iter()
        .map(|(action, number)| match action {
            Action::Like => count(number, "like", "likes"),
            Action::KeepLiked => count(number, "set like", "set likes"),
            Action::Unlike => count(number, "unlike", "unlikes"),
        })
        .collect();
    format!(
        "{} asked for {} on {}",
        count(users.len() as u64, "user", "users"),
        listed(&actions, "nothing"),
        count(u64::from(plan.articles), "article", "articles")
    )
}

/// What struck in a run that passed.
fn struck(record: &RunRecord) -> String {
    let planned = record.plan.faults.len();
    match (planned, causes(record).len()) {
        (0, _) => "No fault was planned.".to_owned(),
        (_, 0) => {
            let planned = count(planned as u64, "planned fault", "planned faults");
            format!("None of the {planned} struck.")
        }
        _ => format!("{}.", capitalised(&struck_clause(record))),
    }
}

fn struck_clause(record: &RunRecord) -> String {
    let causes = causes(record);
    let planned = record.plan.faults.len();
    match causes.len() {
        0..=FAULTS_NAMED_MAX => {
            let named: Vec<String> = causes.iter().map(|cause| struck::told(cause)).collect();
            listed(&named, "nothing struck")
        }
        many => format!(
            "{many} of {planned} planned faults struck: {}",
            counted(&causes)
        ),
    }
}

fn counted(faults: &[&PlannedFault]) -> String {
    let mut kinds: BTreeMap<FaultKind, u64> = BTreeMap::new();
    for planned in faults {
        *kinds.entry(planned.fault.kind()).or_default() += 1;
    }
    let each = kinds
        .iter()
        .map(|(kind, number)| format!("{number} {}", kind.name()));
    each.collect::<Vec<_>>().join(", ")
}

fn capitalised(clause: &str) -> String {
    let mut characters = clause.chars();
    let first = characters.next().into_iter().flat_map(char::to_uppercase);
    first.chain(characters).collect()
}

fn wrong(record: &RunRecord) -> String {
    let Some(first) = record.violations.first() else {
        return nothing_wrong(record);
    };
    let others = match record.violations.len() - 1 {
        0 => String::new(),
        more => format!(
            " (and {})",
            count(more as u64, "more violation", "more violations")
        ),
    };
    format!(
        "{} was violated at {} ms: {}{others}.",
        first.property,
        millis_since(workload_began(&record.events), first.at_micros),
        first.detail.trim_end_matches('.')
    )
}

fn nothing_wrong(record: &RunRecord) -> String {
    let standing = |wanted| {
        let all = record.properties.iter();
        all.filter(|property| property.status == wanted).count() as u64
    };
    let held = count(standing(PropertyStatus::Passed), "property", "properties");
    match standing(PropertyStatus::NeverExercised) {
        0 => format!("{held} held."),
        idle => format!("{held} held, {idle} never exercised."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples;

    #[test]
    fn of_a_green_run() {
        insta::assert_snapshot!(explain(&samples::green()).join("\n"), @r"
        User 1 liked article 1.
        No fault was planned.
        2 properties held, 1 never exercised.
        ");
    }

    #[test]
    fn of_a_red_run() {
        insta::assert_snapshot!(explain(&samples::red()).join("\n"), @r"
        User 1 (who is blocked) liked article 1, in the specimen double-undo, and the first reply to undo from article to coordinator was lost.
        Then coordinator asked article to undo step 0 of saga 1 again and article committed “article 1: likes 0 → -1”.
        likes-equal-records was violated at 60 ms: article 1 has -1 likes and 0 records.
        ");
    }

    #[test]
    fn faults_that_did_not_strike_are_said_to() {
        let mut record = samples::red();
        record.injected = vec![false, false];
        let said = &explain(&record)[0];
        assert!(
            said.ends_with("nothing struck before it went wrong."),
            "{said}"
        );
        record.violations.clear();
        assert_eq!(struck(&record), "None of the 2 planned faults struck.");
    }

    #[test]
    fn many_operations_and_faults_are_counted() {
        let mut record = samples::red();
        let operation = record.plan.workload[0];
        record.plan.workload = vec![operation; 5];
        let fault = record.plan.faults[0].clone();
        record.plan.faults = vec![fault; 4];
        record.injected = vec![true; 4];
        record.violations.clear();
        let [asked, struck, _] = explain(&record);
        assert!(
            asked.starts_with("1 user asked for 5 likes on 1 article"),
            "{asked}"
        );
        assert_eq!(struck, "4 of 4 planned faults struck: 4 lose-reply.");
    }
}
