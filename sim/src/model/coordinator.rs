//! A coordinator: takes the log over, starts sagas and takes them up, hears answers, and writes to the log.
//!
//! Follows `system/src/saga/executor.rs`, `drive.rs`, `log_sql.rs` and `system/src/coordinator/recovery.rs`.

use likewise_saga::protocol::Status;

use super::{
    rule_cache::{Input, RuleCache, recovered, started},
    state::{Coordinator, Driver, Known, Row, State, TWO, Todo, View},
};

/// The rules said that what happened cannot happen.
pub struct Illegal;

/// A process starts: it raises the epoch, which makes every other one stale.
pub fn start_coordinator(state: &mut State, place: usize) {
    for other in &mut state.coordinators {
        if let Coordinator::Up { is_current, .. } = other {
            *is_current = false;
        }
    }
    state.coordinators[place] = Coordinator::Up {
        is_current: true,
        drives: [None; 2],
    };
}

/// A stale epoch's writes are refused, and the task ends with the refusal. Nothing is seen of it before, so it may as
/// well end at once.
pub fn fenced_out(coordinator: &mut Coordinator) {
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

/// A client's wish: the saga's row is committed, and only then its task begins.
///
/// The checks before it (is there anything to do?) are left out: what they saw may have changed by now, so the saga
/// must be safe without them.
pub fn start(
    rules: &RuleCache<'_>,
    state: &mut State,
    place: usize,
    saga: usize,
) -> Result<(), Illegal> {
    state.sagas[saga].row = Some(Row {
        status: Status::Running,
        steps: [Known::Untouched; 2],
    });
    let view = started().ok_or(Illegal)?;
    tell(
        rules,
        state,
        place,
        saga,
        view,
        Status::Running,
        Input::Resumed,
    )
}

/// Recovery, at the start or later: an open saga that is not driven here is taken up from its row.
pub fn take_up(
    rules: &RuleCache<'_>,
    state: &mut State,
    place: usize,
    saga: usize,
) -> Result<(), Illegal> {
    let row = state.sagas[saga].row.ok_or(Illegal)?;
    let mut view = recovered(row.status).ok_or(Illegal)?;
    if row.status == Status::Compensating {
        view.steps = row.steps;
    }
    tell(rules, state, place, saga, view, row.status, Input::Resumed)
}

/// A task is told input, and does what the rules command: a request goes out, or a client is answered, at once.
pub fn tell(
    rules: &RuleCache<'_>,
    state: &mut State,
    place: usize,
    saga: usize,
    view: View,
    logged: Status,
    input: Input,
) -> Result<(), Illegal> {
    let decision = rules.decide(view, input).ok_or(Illegal)?;
    // To send at once loses nothing: a request that is on its way may arrive late or never.
    if let Todo::Await { step, op } = decision.todo {
        state.sagas[saga].steps[usize::from(step)].asked.add(op);
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
    state.coordinators[place].set_driver(saga, Some(driver));
    Ok(())
}

/// A task's write to the log: a compare-and-set on the status, under the newest epoch.
pub fn log(
    rules: &RuleCache<'_>,
    state: &mut State,
    place: usize,
    saga: usize,
) -> Result<(), Illegal> {
    let driver = state.coordinators[place].driver(saga).ok_or(Illegal)?;
    let Todo::Log(to) = driver.todo else {
        return Err(Illegal);
    };
    // If its own write of before was not confirmed, a row that has moved on is taken for that write.
    let is_logged = write(state, saga, driver, to) || driver.is_unsure;
    if !is_logged || !to.is_open() {
        // Somebody else drives it now, or it has ended.
        state.coordinators[place].set_driver(saga, None);
        return Ok(());
    }
    tell(
        rules,
        state,
        place,
        saga,
        driver.view,
        to,
        Input::Logged(to),
    )
}

/// A task's write that is not confirmed, whether or not it was made: the task will write it again.
pub fn log_unconfirmed(state: &mut State, place: usize, saga: usize, is_made: bool) {
    let Some(driver) = state.coordinators[place].driver(saga) else {
        return;
    };
    if let (Todo::Log(to), true) = (driver.todo, is_made) {
        write(state, saga, driver, to);
    }
    let unsure = Driver {
        is_unsure: true,
        ..driver
    };
    state.coordinators[place].set_driver(saga, Some(unsure));
}

/// A task that gets no answers for long is parked: what it knows is logged, and it goes on, whatever comes of the write.
pub fn park(state: &mut State, place: usize, saga: usize) {
    if let Some(driver) = state.coordinators[place].driver(saga) {
        write(state, saga, driver, driver.logged);
    }
}

fn write(state: &mut State, saga: usize, driver: Driver, to: Status) -> bool {
    let could = state.sagas[saga]
        .row
        .is_some_and(|row| row.status == driver.logged);
    if could {
        let steps = match to {
            Status::Compensating => driver.view.steps,
            // Nothing reads them.
            _ => [Known::Untouched; 2],
        };
        state.sagas[saga].row = Some(Row { status: to, steps });
    }
    could
}
