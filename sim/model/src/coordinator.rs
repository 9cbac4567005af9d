//! A coordinator of the model: takes over the log, starts and resumes sagas, receives replies, writes to the log.
//!
//! It models the shell around the product's rules: the saga kit's executor and the recovery of open sagas.

use likewise_protocol::Status;

use super::{
    rule_cache::{Input, RuleCache, recovered, started},
    state::{Coordinator, Driver, Known, Row, State, TWO, Todo, View},
};

/// The rules reject an input as impossible.
pub struct Illegal;

/// A process starts. It raises the epoch, which makes every other one stale.
pub fn start_coordinator(state: &mut State, coordinator: usize) {
    for other in &mut state.coordinators {
        if let Coordinator::Up { is_current, .. } = other {
            *is_current = false;
        }
    }
    state.coordinators[coordinator] = Coordinator::Up {
        is_current: true,
        drives: [None; 2],
    };
}

/// Ends the tasks that would write under a stale epoch.
///
/// The log refuses the write and the task ends with the refusal. Nothing observable happens before, so it may end at
/// once, which saves states.
pub fn end_fenced_writer(coordinator: &mut Coordinator) {
    if coordinator.is_current() {
        return;
    }
    for saga in TWO {
        if coordinator
            .driver(saga)
            .is_some_and(|driver| matches!(driver.todo, Todo::Log(_)))
        {
            coordinator.set_driver(saga, None);
        }
    }
}

/// Starts a saga: its row is committed, and only then its task begins.
///
/// The checks before a saga (is there anything to do?) are left out. What they read may have changed by now, so the saga
/// must be safe without them.
pub fn start(
    rules: &RuleCache<'_>,
    state: &mut State,
    coordinator: usize,
    saga: usize,
) -> Result<(), Illegal> {
    state.sagas[saga].row = Some(Row {
        status: Status::Running,
        steps: [Known::Untouched; 2],
    });
    let view = started().ok_or(Illegal)?;
    advance(
        rules,
        state,
        coordinator,
        saga,
        view,
        Status::Running,
        Input::Resumed,
    )
}

/// Recovery, at the start of a process or later: an open saga without a task here is resumed from its row.
pub fn resume(
    rules: &RuleCache<'_>,
    state: &mut State,
    coordinator: usize,
    saga: usize,
) -> Result<(), Illegal> {
    let row = state.sagas[saga].row.ok_or(Illegal)?;
    let mut view = recovered(row.status).ok_or(Illegal)?;
    if row.status == Status::Compensating {
        view.steps = row.steps;
    }
    advance(
        rules,
        state,
        coordinator,
        saga,
        view,
        row.status,
        Input::Resumed,
    )
}

/// Gives an input to a task and performs the rules' command: sends a request or answers the client at once.
pub fn advance(
    rules: &RuleCache<'_>,
    state: &mut State,
    coordinator: usize,
    saga: usize,
    view: View,
    logged: Status,
    input: Input,
) -> Result<(), Illegal> {
    let decision = rules.decide(view, input).ok_or(Illegal)?;
    // Sending at once hides no behaviour: a request that was sent may still arrive late or never.
    if let Todo::Await { step, op } = decision.todo {
        state.sagas[saga].steps[usize::from(step)].requests.add(op);
    }
    if decision.is_answered && decision.view.status == Status::Completed {
        state.sagas[saga].is_answered = true;
    }
    let driver = Driver {
        view: decision.view,
        logged,
        is_unsure: false,
        todo: decision.todo,
    };
    state.coordinators[coordinator].set_driver(saga, Some(driver));
    Ok(())
}

/// A task writes to the log: a compare-and-set on the status, under the newest epoch.
pub fn log(
    rules: &RuleCache<'_>,
    state: &mut State,
    coordinator: usize,
    saga: usize,
) -> Result<(), Illegal> {
    let driver = state.coordinators[coordinator]
        .driver(saga)
        .ok_or(Illegal)?;
    let Todo::Log(to) = driver.todo else {
        return Err(Illegal);
    };
    // If an earlier write of this task was not confirmed, a row that has moved on counts as that write.
    let is_logged = write(state, saga, driver, to) || driver.is_unsure;
    if !is_logged || !to.is_open() {
        // Another coordinator drives the saga now, or it has ended.
        state.coordinators[coordinator].set_driver(saga, None);
        return Ok(());
    }
    advance(
        rules,
        state,
        coordinator,
        saga,
        driver.view,
        to,
        Input::Logged(to),
    )
}

/// A task writes to the log and gets no confirmation, whether or not the write was made. It will write again.
pub fn log_unconfirmed(state: &mut State, coordinator: usize, saga: usize, is_made: bool) {
    let Some(driver) = state.coordinators[coordinator].driver(saga) else {
        return;
    };
    if let (Todo::Log(to), true) = (driver.todo, is_made) {
        write(state, saga, driver, to);
    }
    let unsure = Driver {
        is_unsure: true,
        ..driver
    };
    state.coordinators[coordinator].set_driver(saga, Some(unsure));
}

/// Parks a saga that has got no replies for long: its task logs what it knows and continues, whether or not the write
/// succeeds.
pub fn park(state: &mut State, coordinator: usize, saga: usize) {
    if let Some(driver) = state.coordinators[coordinator].driver(saga) {
        write(state, saga, driver, driver.logged);
    }
}

/// Writes a status to the row if the row is still as the task knows it. Returns whether it did.
fn write(state: &mut State, saga: usize, driver: Driver, to: Status) -> bool {
    let is_unchanged = state.sagas[saga]
        .row
        .is_some_and(|row| row.status == driver.logged);
    if is_unchanged {
        let steps = match to {
            Status::Compensating => driver.view.steps,
            // Nothing reads the steps of another status. One value for all keeps the number of states small.
            _ => [Known::Untouched; 2],
        };
        state.sagas[saga].row = Some(Row { status: to, steps });
    }
    is_unchanged
}
