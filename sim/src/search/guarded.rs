//! One run of a search: a panic becomes an error, and the run stays on one core.

use std::{
    any::Any,
    panic::{AssertUnwindSafe, catch_unwind},
    thread,
};

use super::cores::{core_of, cores, stay_on};
use crate::{
    run::run,
    world::{plan::Plan, record::RunRecord},
};

/// Runs one plan, and turns a panic into an error.
///
/// # Errors
/// There is no record; the text says why.
pub fn run_guarded(plan: &Plan) -> Result<RunRecord, String> {
    match catch_unwind(AssertUnwindSafe(|| run(plan))) {
        Ok(Ok(record)) => Ok(record),
        Ok(Err(error)) => Err(error.to_string()),
        Err(panic) => Err(format!("it panicked: {}", said(panic.as_ref()))),
    }
}

/// [`run_guarded`] on a thread of its own that stays on one core, which is much faster than on one that does not.
/// Two threads of different numbers are on different cores, as long as there are enough.
///
/// # Errors
/// There is no record; the text says why.
pub fn run_on_core(number: usize, plan: &Plan) -> Result<RunRecord, String> {
    let core = core_of(number, &cores());
    thread::scope(|scope| {
        let run = scope.spawn(move || {
            stay_on(core);
            run_guarded(plan)
        });
        run.join()
            .unwrap_or_else(|panic| Err(format!("it panicked: {}", said(panic.as_ref()))))
    })
}

fn said(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("without a word")
}
