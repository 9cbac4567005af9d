//! One guarded run: a panic becomes an error, so one broken run does not end a search.

use std::{
    any::Any,
    fmt,
    panic::{AssertUnwindSafe, catch_unwind},
    thread,
};

use super::cores::{core_of, cores, pin_to};
use likewise_world::{RunError, System, plan::Plan, record::RunRecord, run::run};

/// Why a run has no record. It says nothing about the system under test.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoRecord {
    /// The error, or the message of the panic.
    pub message: String,
    /// Whether the run only reached its own limit. Then nothing is broken, and the result is inconclusive.
    pub is_cut_off: bool,
}

impl fmt::Display for NoRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl From<RunError> for NoRecord {
    fn from(error: RunError) -> Self {
        Self {
            message: error.to_string(),
            is_cut_off: matches!(error, RunError::Endless(_)),
        }
    }
}

/// Runs one plan, and turns a panic into an error.
///
/// # Errors
/// [`NoRecord`] says why there is no record.
pub fn run_guarded(system: &'static dyn System, plan: &Plan) -> Result<RunRecord, NoRecord> {
    match catch_unwind(AssertUnwindSafe(|| run(system, plan))) {
        Ok(ran) => ran.map_err(NoRecord::from),
        Err(panic) => Err(panicked(panic.as_ref())),
    }
}

/// Runs one plan like [`run_guarded`], on a new thread that is pinned to a core.
///
/// Threads with different numbers are on different cores, as long as there are enough cores.
///
/// # Errors
/// [`NoRecord`] says why there is no record.
pub fn run_on_core(
    number: usize,
    system: &'static dyn System,
    plan: &Plan,
) -> Result<RunRecord, NoRecord> {
    let core = core_of(number, &cores());
    thread::scope(|scope| {
        let run = scope.spawn(move || {
            pin_to(core);
            run_guarded(system, plan)
        });
        run.join()
            .unwrap_or_else(|panic| Err(panicked(panic.as_ref())))
    })
}

fn panicked(panic: &(dyn Any + Send)) -> NoRecord {
    let text = panic.downcast_ref::<&str>().copied();
    let text = text.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    NoRecord {
        message: format!("the run panicked: {}", text.unwrap_or("without a message")),
        is_cut_off: false,
    }
}
