//! Transfers under test: the system itself, its invariants, the order of its steps, the searches, and its program.

mod invariants;
mod order;
mod planted;
mod program;
mod search;
mod system;
mod words;

use likewise_transfers::TRANSFERS;
use likewise_world::{plan::Plan, record::RunRecord};

/// Runs a plan, whose faults must all fire.
fn run(plan: &Plan) -> RunRecord {
    let record = likewise_world::run::run(&TRANSFERS, plan);
    let record = record.unwrap_or_else(|error| panic!("{}: {error}", plan.name));
    assert!(
        record.injected.iter().all(|injected| *injected),
        "{}: a fault did not fire",
        plan.name
    );
    record
}

/// Runs a plan that violates nothing.
fn passed(plan: &Plan) -> RunRecord {
    let record = run(plan);
    assert_eq!(violated(&record), [""; 0], "{}", plan.name);
    record
}

/// The names of the violated properties.
fn violated(record: &RunRecord) -> Vec<&str> {
    let violations = record.violations.iter();
    violations.map(|it| it.property.as_str()).collect()
}
