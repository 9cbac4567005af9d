//! What can happen in the model of groups, and where it leads.

use likewise_barrier::{Judgement, judge};
use likewise_protocol::{Op, Status};

use super::{
    GroupModel,
    canonical::{OPS, serve},
    property::RULES_KNOW_EVERY_CASE,
    state::{Action, Coordinator, STEPS, State, StepView, Task, Todo, View},
};
use crate::{
    rule_cache::Input,
    state::{Known, Reply, TWO},
    transition_system::Step,
};

/// The rules reject an input as impossible.
struct Illegal;

impl GroupModel {
    /// The saga was just started by the first coordinator.
    pub(super) fn first(&self) -> State {
        let down = State {
            status: Status::Running,
            logged_steps: [Known::Untouched; STEPS],
            steps: [StepView::default(); STEPS],
            is_told: false,
            coordinators: [Coordinator::Down; 2],
        };
        let mut started = down;
        start_coordinator(&mut started, 0);
        let view = self.rules.started();
        let begun = self.advance(&mut started, 0, view, Status::Running, Input::Resumed);
        match begun {
            Ok(()) => self.canonical(started).0,
            // Wrong rules that cannot even begin.
            Err(Illegal) => down,
        }
    }

    /// Adds every step from a state that changes something.
    pub(super) fn all_steps(&self, from: &State, to: &mut Vec<Step<State, Action>>) {
        for coordinator in TWO {
            self.steps_of_coordinator(from, coordinator, to);
        }
        for step in 0..self.shape.steps() {
            for op in OPS
                .into_iter()
                .filter(|op| from.steps[step].requests.has(*op))
            {
                for refuse in self.refusals(from, step, op) {
                    self.push(from, Action::Serve { step, op, refuse }, to);
                }
            }
        }
    }

    fn steps_of_coordinator(
        &self,
        from: &State,
        coordinator: usize,
        to: &mut Vec<Step<State, Action>>,
    ) {
        let at = from.coordinators[coordinator];
        if at == Coordinator::Down {
            return self.push(from, Action::StartCoordinator { coordinator }, to);
        }
        self.push(from, Action::Crash { coordinator }, to);
        match at.task() {
            None if from.status.is_open() => self.push(from, Action::Resume { coordinator }, to),
            None => {}
            Some(task) => self.steps_of_task(from, coordinator, task, to),
        }
    }

    fn steps_of_task(
        &self,
        from: &State,
        coordinator: usize,
        task: Task,
        to: &mut Vec<Step<State, Action>>,
    ) {
        let may_write = from.coordinators[coordinator].is_current();
        let Todo::Await { op, steps } = task.todo else {
            if may_write {
                self.push(from, Action::Log { coordinator }, to);
                self.push(from, Action::LogUnconfirmed { coordinator }, to);
            }
            return;
        };
        for step in (0..self.shape.steps()).filter(|step| steps & 1 << step != 0) {
            let replies = from.steps[step].replies;
            for reply in Reply::ALL.into_iter().filter(|r| replies.has_reply(op, *r)) {
                let action = Action::ReceiveReply {
                    coordinator,
                    step,
                    reply,
                };
                self.push(from, action, to);
            }
        }
        // The executor checks no deadline after the pivot. The rules must be right without that.
        if op == Op::Do && !task.view.in_doubt {
            self.push(from, Action::Deadline { coordinator }, to);
        }
        if op == Op::Seal {
            self.push(from, Action::Force { coordinator }, to);
        }
        if may_write {
            self.push(from, Action::Park { coordinator }, to);
        }
    }

    /// The possible answers of a business rule. After the pivot it must not refuse.
    fn refusals(&self, state: &State, step: usize, op: Op) -> impl Iterator<Item = bool> + use<> {
        let is_evaluated = judge(state.steps[step].row, op) == Judgement::Act;
        let may_refuse = is_evaluated && !self.shape.is_after_pivot(step);
        [false, true].into_iter().take(1 + usize::from(may_refuse))
    }

    /// Adds a step, unless it changes nothing or leads where another one leads.
    fn push(&self, from: &State, action: Action, to: &mut Vec<Step<State, Action>>) {
        let (after, broken) = match self.apply(from, action) {
            Some(after) => (after, self.broken_by_step(from, &after)),
            None => (*from, Some(RULES_KNOW_EVERY_CASE)),
        };
        let (after, _) = self.canonical(after);
        if broken.is_some() || (after != *from && to.iter().all(|step| step.to != after)) {
            to.push(Step {
                action,
                to: after,
                broken,
            });
        }
    }

    /// The state after an action that can happen. `None` if the rules reject it.
    pub(super) fn apply(&self, from: &State, action: Action) -> Option<State> {
        let mut to = *from;
        self.act(&mut to, action).ok().map(|()| to)
    }

    fn act(&self, to: &mut State, action: Action) -> Result<(), Illegal> {
        match action {
            Action::StartCoordinator { coordinator } => {
                if !self.has_zombies {
                    to.coordinators = [Coordinator::Down; 2];
                }
                start_coordinator(to, coordinator);
            }
            Action::Crash { coordinator } => to.coordinators[coordinator] = Coordinator::Down,
            Action::Resume { coordinator } => self.resume(to, coordinator)?,
            Action::Deadline { coordinator } => {
                self.input(to, coordinator, |_| Input::DeadlinePassed)?;
            }
            Action::Force { coordinator } => {
                self.input(to, coordinator, |_| Input::ForceOrdered)?;
            }
            Action::ReceiveReply {
                coordinator,
                step,
                reply,
            } => self.input(to, coordinator, |op| Input::Answered {
                step: u8::try_from(step).unwrap_or(u8::MAX),
                op,
                reply,
            })?,
            Action::Log { coordinator } => self.log(to, coordinator)?,
            Action::LogUnconfirmed { coordinator } => {
                let task = to.coordinators[coordinator].task().ok_or(Illegal)?;
                if let Todo::Log(status) = task.todo {
                    write(to, task, status);
                }
                let is_unsure = true;
                to.coordinators[coordinator].set_task(Some(Task { is_unsure, ..task }));
            }
            Action::Park { coordinator } => {
                let task = to.coordinators[coordinator].task().ok_or(Illegal)?;
                write(to, task, task.logged);
            }
            Action::Serve { step, op, refuse } => serve(&mut to.steps[step], op, refuse),
        }
        Ok(())
    }

    fn resume(&self, to: &mut State, coordinator: usize) -> Result<(), Illegal> {
        let mut view = self.rules.recovered(to.status);
        if to.status == Status::Compensating {
            view.steps = to.logged_steps;
        }
        self.advance(to, coordinator, view, to.status, Input::Resumed)
    }

    /// Gives an input to a task that waits for replies.
    fn input(
        &self,
        to: &mut State,
        coordinator: usize,
        input: impl FnOnce(Op) -> Input,
    ) -> Result<(), Illegal> {
        let task = to.coordinators[coordinator].task().ok_or(Illegal)?;
        match task.todo {
            Todo::Await { op, .. } => {
                self.advance(to, coordinator, task.view, task.logged, input(op))
            }
            Todo::Log(_) => Err(Illegal),
        }
    }

    /// Gives an input to a task and sends what the rules command. Sending at once hides nothing: a request may arrive late.
    fn advance(
        &self,
        to: &mut State,
        coordinator: usize,
        view: View,
        logged: Status,
        input: Input,
    ) -> Result<(), Illegal> {
        let decision = self.rules.decide(view, input).ok_or(Illegal)?;
        if let Todo::Await { op, steps } = decision.todo {
            for step in (0..STEPS).filter(|step| steps & 1 << step != 0) {
                to.steps[step].requests.add(op);
            }
        }
        to.is_told |= decision.is_committed;
        let task = Task {
            view: decision.view,
            logged,
            is_unsure: false,
            todo: decision.todo,
        };
        to.coordinators[coordinator].set_task(Some(task));
        Ok(())
    }

    /// A task writes to the log: a compare-and-set on the status, under the newest epoch.
    fn log(&self, to: &mut State, coordinator: usize) -> Result<(), Illegal> {
        let task = to.coordinators[coordinator].task().ok_or(Illegal)?;
        let Todo::Log(status) = task.todo else {
            return Err(Illegal);
        };
        let is_logged = write(to, task, status) || task.is_unsure;
        if !is_logged || !status.is_open() {
            to.coordinators[coordinator].set_task(None);
            return Ok(());
        }
        self.advance(to, coordinator, task.view, status, Input::Logged(status))
    }
}

/// A process starts. It raises the epoch, which makes the other one stale.
fn start_coordinator(state: &mut State, coordinator: usize) {
    for at in &mut state.coordinators {
        if let Coordinator::Up { is_current, .. } = at {
            *is_current = false;
        }
    }
    state.coordinators[coordinator] = Coordinator::Up {
        is_current: true,
        task: None,
    };
}

/// Writes a status to the row if the row is still as the task knows it. Returns whether it did.
fn write(state: &mut State, task: Task, to: Status) -> bool {
    let is_unchanged = state.status == task.logged;
    if is_unchanged {
        state.status = to;
        state.logged_steps = match to {
            Status::Compensating => task.view.steps,
            _ => [Known::Untouched; STEPS],
        };
    }
    is_unchanged
}
