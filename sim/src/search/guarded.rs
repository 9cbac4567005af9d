//! One guarded run: a panic becomes an error, so one broken run does not end a search.

use std::{
    any::Any,
    panic::{AssertUnwindSafe, catch_unwind},
    thread,
};

use super::cores::{core_of, cores, pin_to};
use crate::{
    run::run,
    world::{plan::Plan, record::RunRecord},
};

/// Runs one plan, and turns a panic into an error.
///
/// # Errors
/// There is no record. The message says why.
pub fn run_guarded(plan: &Plan) -> Result<RunRecord, String> {
    match catch_unwind(AssertUnwindSafe(|| run(plan))) {
        Ok(Ok(record)) => Ok(record),
        Ok(Err(error)) => Err(error.to_string()),
        Err(panic) => Err(format!(
            "the run panicked: {}",
            panic_message(panic.as_ref())
        )),
    }
}

/// Runs one plan like [`run_guarded`], on a new thread that is pinned to a core.
///
/// Threads with different numbers are on different cores, as long as there are enough cores.
///
/// # Errors
/// There is no record. The message says why.
pub fn run_on_core(number: usize, plan: &Plan) -> Result<RunRecord, String> {
    let core = core_of(number, &cores());
    thread::scope(|scope| {
        let run = scope.spawn(move || {
            pin_to(core);
            run_guarded(plan)
        });
        run.join().unwrap_or_else(|panic| {
            Err(format!(
                "the run panicked: {}",
                panic_message(panic.as_ref())
            ))
        })
    })
}

/// The message of a panic.
fn panic_message(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("without a message")
}
