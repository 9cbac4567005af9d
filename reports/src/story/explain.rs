//! A run in three sentences: what was done, what struck, what is wrong.

use std::collections::BTreeMap;

use likewise_sim::{
    fingerprint::causes,
    plan::{Action, FaultKind, PRODUCT, PlannedFault},
    record::{RunRecord, Standing},
};

use super::{millis_since, workload_began};
use crate::terminal::count;

/// Faults that are named one by one at most; more are counted.
const FAULTS_NAMED_MAX: usize = 3;

/// What was done, what struck, what is wrong: one sentence each.
#[must_use]
pub fn explain(record: &RunRecord) -> [String; 3] {
    [done(record), struck(record), wrong(record)]
}

fn done(record: &RunRecord) -> String {
    let plan = &record.plan;
    let mut users: Vec<i64> = plan
        .workload
        .iter()
        .map(|operation| operation.user)
        .collect();
    users.sort_unstable();
    users.dedup();
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
    let system = match plan.system.as_str() {
        PRODUCT => String::new(),
        specimen => format!(" of the specimen {specimen}"),
    };
    format!(
        "{} asked for {} on {}{system}.",
        count(users.len() as u64, "user", "users"),
        listed(&actions, "nothing"),
        count(u64::from(plan.articles), "article", "articles")
    )
}

fn struck(record: &RunRecord) -> String {
    let planned = record.plan.faults.len();
    if planned == 0 {
        return "No fault was planned.".to_owned();
    }
    let before = if record.is_green() {
        ""
    } else {
        " before it went wrong"
    };
    let causes = causes(record);
    match causes.len() {
        0 => {
            let planned = count(planned as u64, "planned fault", "planned faults");
            format!("None of the {planned} struck{before}.")
        }
        few if few <= FAULTS_NAMED_MAX => {
            let named: Vec<String> = causes.iter().map(ToString::to_string).collect();
            format!("What struck{before}: {}.", named.join("; "))
        }
        many => format!(
            "{many} of {planned} planned faults struck{before}: {}.",
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
        all.filter(|property| property.standing == wanted).count() as u64
    };
    let held = count(standing(Standing::Held), "property", "properties");
    match standing(Standing::NeverExercised) {
        0 => format!("{held} held."),
        idle => format!("{held} held, {idle} never exercised."),
    }
}

fn listed(items: &[String], none: &str) -> String {
    match items {
        [] => none.to_owned(),
        [one] => one.clone(),
        [most @ .., last] => format!("{} and {last}", most.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples;

    #[test]
    fn of_a_green_run() {
        insta::assert_snapshot!(explain(&samples::green()).join("\n"), @r"
        1 user asked for 1 like on 1 article.
        No fault was planned.
        2 properties held, 1 never exercised.
        ");
    }

    #[test]
    fn of_a_red_run() {
        insta::assert_snapshot!(explain(&samples::red()).join("\n"), @r"
        1 user asked for 1 like on 1 article of the specimen double-undo.
        What struck before it went wrong: reply #1 of undo coordinator→article: lose the reply.
        likes-equal-records was violated at 60 ms: article 1 has -1 likes and 0 records.
        ");
    }

    #[test]
    fn faults_that_did_not_strike_are_said_to() {
        let mut record = samples::red();
        record.struck = vec![false, false];
        assert_eq!(
            struck(&record),
            "None of the 2 planned faults struck before it went wrong."
        );
    }
}
