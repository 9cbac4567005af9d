//! A run in exactly three sentences, so that a reader knows what a failure is about before opening it.
//!
//! The sentences are made from the record alone. So an old record is explained by the current program, and its
//! explanation improves with the program.

use std::collections::BTreeMap;

use likewise_search::fingerprint::causes;
use likewise_world::{
    plan::{FaultKind, Operation, PRODUCT, PlannedFault},
    record::{PropertyStatus, RunRecord},
};

use super::{
    fault_phrase, last_actions,
    phases::{millis_since, workload_start},
    phrases::{self, list},
};
use crate::{text::capitalised, units::count};

/// Faults that are named one by one; more are counted.
const FAULTS_NAMED_MAX: usize = 3;
/// Operations that are named one by one; more are counted.
const OPERATIONS_NAMED_MAX: usize = 2;

/// The three sentences. Of a failed run: the operations and the faults; what the system did then; the violated property
/// with the observed values. Of a green run: the operations; the faults; the properties that held.
#[must_use]
pub fn explain(record: &RunRecord) -> [String; 3] {
    let workload = workload(record);
    if record.is_green() {
        return [
            format!("{workload}."),
            faults_sentence(record),
            verdict_sentence(record),
        ];
    }
    let faults = match causes(record).len() {
        0 => "no fault fired before the violation".to_owned(),
        _ => faults_clause(record),
    };
    [
        format!("{workload}; {faults}."),
        last_actions::sentence(record),
        violation_sentence(record),
    ]
}

/// What the clients did, and to which system.
///
/// A few operations are named one by one. In a long workload no single one matters to a reader, so the system says it as a
/// whole.
fn workload(record: &RunRecord) -> String {
    let plan = &record.plan;
    let operation =
        |(place, it): (usize, &Operation)| phrases::operation(&record.captions, place, &it.what);
    let operations = match plan.workload.len() {
        0..=OPERATIONS_NAMED_MAX => {
            let each: Vec<String> = plan.workload.iter().enumerate().map(operation).collect();
            capitalised(&list(&each, "no client did anything"))
        }
        // Older records have no such caption.
        more if record.caption.is_empty() => count(more as u64, "operation", "operations"),
        _ => capitalised(&record.caption),
    };
    match plan.system.as_str() {
        PRODUCT => operations,
        planted_bug => {
            format!("{operations}, in a system with the planted bug {planted_bug}")
        }
    }
}

/// Of a green run. That nothing fired is said plainly, because such a run proves little.
fn faults_sentence(record: &RunRecord) -> String {
    let planned = record.plan.faults.len();
    match (planned, causes(record).len()) {
        (0, _) => "No fault was planned.".to_owned(),
        (_, 0) => {
            let planned = count(planned as u64, "planned fault", "planned faults");
            format!("None of the {planned} fired.")
        }
        _ => format!("{}.", capitalised(&faults_clause(record))),
    }
}

/// Only faults that fired before the violation are causes. A planned fault that did not fire, or fired later,
/// explains nothing.
fn faults_clause(record: &RunRecord) -> String {
    let causes = causes(record);
    let planned = record.plan.faults.len();
    match causes.len() {
        0..=FAULTS_NAMED_MAX => {
            let named: Vec<String> = causes
                .iter()
                .map(|cause| fault_phrase::clause(cause))
                .collect();
            list(&named, "no fault fired")
        }
        many => format!(
            "{many} of {planned} planned faults fired: {}",
            counted_kinds(&causes)
        ),
    }
}

/// In the order of the kinds, so that equal runs read the same.
fn counted_kinds(faults: &[&PlannedFault]) -> String {
    let mut kinds: BTreeMap<FaultKind, u64> = BTreeMap::new();
    for planned in faults {
        *kinds.entry(planned.fault.kind()).or_default() += 1;
    }
    let each = kinds
        .iter()
        .map(|(kind, number)| format!("{number} {}", kind.name()));
    each.collect::<Vec<_>>().join(", ")
}

/// Times are since the clients started. The setup takes a different time in each plan and would only shift the
/// figures.
fn violation_sentence(record: &RunRecord) -> String {
    let Some(first) = record.violations.first() else {
        return verdict_sentence(record);
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
        millis_since(workload_start(&record.events), first.at_micros),
        first.detail.trim_end_matches('.')
    )
}

/// A property that was never exercised did not hold, it was not tested. So it is counted apart.
fn verdict_sentence(record: &RunRecord) -> String {
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
    use crate::samples::records;

    #[test]
    fn a_green_run_is_explained() {
        insta::assert_snapshot!(explain(&records::green()).join("\n"), @r"
        Customer 1 orders item 1.
        No fault was planned.
        2 properties held, 1 never exercised.
        ");
    }

    #[test]
    fn a_violation_is_explained() {
        insta::assert_snapshot!(explain(&records::red()).join("\n"), @r"
        Customer 1 (barred) orders item 1, in a system with the planted bug double-undo; the first reply to undo from store to coordinator was lost.
        Then coordinator asked store to undo step 0 of saga 1 again and store committed “item 1: sold 0 → -1”.
        sold-equals-orders was violated at 60 ms: item 1 is sold -1 times and has 0 orders.
        ");
    }

    /// A planned fault that did not fire explains nothing, and is not named.
    #[test]
    fn faults_that_did_not_fire_are_counted() {
        let mut record = records::red();
        record.injected = vec![false, false];
        let first = &explain(&record)[0];
        assert!(
            first.ends_with("no fault fired before the violation."),
            "{first}"
        );
        record.violations.clear();
        assert_eq!(
            faults_sentence(&record),
            "None of the 2 planned faults fired."
        );
    }

    #[test]
    fn many_operations_and_faults_are_counted() {
        let mut record = records::red();
        record.plan.workload = vec![record.plan.workload[0].clone(); 5];
        let fault = record.plan.faults[0].clone();
        record.plan.faults = vec![fault; 4];
        record.injected = vec![true; 4];
        record.violations.clear();
        let [workload, faults, _] = explain(&record);
        assert!(workload.starts_with("5 operations, in"), "{workload}");
        record.caption = "1 customer orders 5 items".to_owned();
        let workload = &explain(&record)[0];
        assert!(
            workload.starts_with("1 customer orders 5 items, in"),
            "{workload}"
        );
        assert_eq!(faults, "4 of 4 planned faults fired: 4 lose-reply.");
    }
}
