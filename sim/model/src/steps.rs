//! The steps of the model: which actions can happen in a state, and where each leads.

use likewise_protocol::Op;

use super::{
    Kind, Model,
    action::{Action, COMPENSATION_APPLIES, RULES_KNOW_EVERY_CASE},
    coordinator::{Illegal, advance, log, log_unconfirmed, park, resume, start, start_coordinator},
    rule_cache::Input,
    service::{Address, possible_refusals, serve},
    state::{Coordinator, Driver, Reply, State, TWO, Todo},
    transition_system::Step,
};

impl Model<'_> {
    /// Adds every step from a state that changes something.
    pub(super) fn all_steps(&self, from: &State, to: &mut Vec<Step<State, Action>>) {
        for coordinator in TWO {
            let action = match from.coordinators[coordinator] {
                Coordinator::Down => Action::StartCoordinator { coordinator },
                Coordinator::Up { .. } => Action::Crash { coordinator },
            };
            self.push(from, action, to);
            for saga in TWO {
                match from.coordinators[coordinator].driver(saga) {
                    Some(driver) => self.steps_of_task(from, coordinator, saga, driver, to),
                    None => self.steps_without_task(from, coordinator, saga, to),
                }
            }
        }
        for saga in TWO {
            for step in TWO {
                self.serve_steps(from, Address { saga, step }, to);
            }
        }
    }

    /// A service serves a request that was ever sent. It may have served it before.
    ///
    /// Sets of requests only grow, so loss, delay and repetition need no actions of their own: a lost request is one
    /// that is never served.
    fn serve_steps(&self, from: &State, at: Address, to: &mut Vec<Step<State, Action>>) {
        for op in [Op::Do, Op::Seal, Op::Undo] {
            if from.sagas[at.saga].steps[at.step].requests.has(op) {
                for &refuse in possible_refusals(from, at, op) {
                    self.push(from, Action::Serve { at, op, refuse }, to);
                }
            }
        }
    }

    /// What a coordinator can do about a saga that it does not drive: start or resume it.
    fn steps_without_task(
        &self,
        from: &State,
        coordinator: usize,
        saga: usize,
        to: &mut Vec<Step<State, Action>>,
    ) {
        match from.sagas[saga].row {
            None if self.may_start(from, coordinator, saga) => {
                self.push(from, Action::Start { coordinator, saga }, to);
            }
            Some(row)
                if row.status.is_open() && from.coordinators[coordinator] != Coordinator::Down =>
            {
                self.push(from, Action::Resume { coordinator, saga }, to);
            }
            _ => {}
        }
    }

    /// What the task of a saga can do.
    fn steps_of_task(
        &self,
        from: &State,
        coordinator: usize,
        saga: usize,
        driver: Driver,
        to: &mut Vec<Step<State, Action>>,
    ) {
        match driver.todo {
            Todo::Log(_) if !self.may_write(from, coordinator) => {}
            Todo::Log(_) => self.log_steps(from, coordinator, saga, to),
            Todo::Await { step, op } => {
                let replies = from.sagas[saga].steps[usize::from(step)].replies;
                for reply in Reply::ALL.into_iter().filter(|r| replies.has_reply(op, *r)) {
                    let action = Action::ReceiveReply {
                        coordinator,
                        saga,
                        reply,
                    };
                    self.push(from, action, to);
                }
                // As in the product, the deadline is checked before an action is sent and at no other time.
                if op == Op::Do && !driver.view.in_doubt {
                    self.push(from, Action::Deadline { coordinator, saga }, to);
                }
                if op == Op::Seal {
                    self.push(from, Action::Force { coordinator, saga }, to);
                }
                if self.may_write(from, coordinator) {
                    self.push(from, Action::Park { coordinator, saga }, to);
                }
            }
        }
    }

    /// A task writes to the log, with or without a confirmation.
    fn log_steps(
        &self,
        from: &State,
        coordinator: usize,
        saga: usize,
        to: &mut Vec<Step<State, Action>>,
    ) {
        self.push(from, Action::Log { coordinator, saga }, to);
        // Behind the fence no other coordinator changes the row. A write that was not made is simply repeated, which leads
        // to the state from before: only the write that was made is a new case.
        let outcomes: &[bool] = match self.protocol.fence {
            true => &[true],
            false => &[true, false],
        };
        for &is_made in outcomes {
            let action = Action::LogUnconfirmed {
                coordinator,
                saga,
                is_made,
            };
            self.push(from, action, to);
        }
    }

    /// Whether a saga may start. An open saga holds the lock on the pair. Of two equal sagas the first starts first,
    /// because they differ in their names only.
    fn may_start(&self, from: &State, coordinator: usize, saga: usize) -> bool {
        saga < self.sagas
            && self.may_write(from, coordinator)
            && !from.sagas.iter().any(|other| other.is_open())
            && (saga == 0 || self.kinds[0] != self.kinds[1] || from.sagas[0].row.is_some())
    }

    /// Whether the log accepts writes of a coordinator.
    fn may_write(&self, from: &State, coordinator: usize) -> bool {
        let coordinator = from.coordinators[coordinator];
        coordinator.is_current() || (!self.protocol.fence && coordinator != Coordinator::Down)
    }

    /// Adds a step, unless it changes nothing.
    ///
    /// Steps that lead to the same state are kept once. Their number would only slow the search down.
    fn push(&self, from: &State, action: Action, to: &mut Vec<Step<State, Action>>) {
        let (after, broken) = match self.apply(from, action) {
            Ok(after) => (after, self.broken_by_step(from, action, &after)),
            Err(property) => (*from, Some(property)),
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

    /// The state after an action that can happen, or the property that it violates.
    pub(super) fn apply(&self, from: &State, action: Action) -> Result<State, &'static str> {
        if let Action::Serve { at, op, refuse } = action {
            return serve(&self.protocol, self.kinds, from, at, op, refuse)
                .ok_or(COMPENSATION_APPLIES);
        }
        let mut to = *from;
        match self.act(&mut to, action) {
            Ok(()) => Ok(to),
            Err(Illegal) => Err(RULES_KNOW_EVERY_CASE),
        }
    }

    /// Performs an action of a coordinator.
    fn act(&self, to: &mut State, action: Action) -> Result<(), Illegal> {
        let rules = &self.rules;
        match action {
            Action::StartCoordinator { coordinator } => start_coordinator(to, coordinator),
            Action::Crash { coordinator } => to.coordinators[coordinator] = Coordinator::Down,
            Action::Start { coordinator, saga } => start(rules, to, coordinator, saga)?,
            Action::Resume { coordinator, saga } => resume(rules, to, coordinator, saga)?,
            Action::Deadline { coordinator, saga } => {
                self.input(to, coordinator, saga, |_, _| Input::DeadlinePassed)?;
            }
            Action::Force { coordinator, saga } => {
                self.input(to, coordinator, saga, |_, _| Input::ForceOrdered)?;
            }
            Action::ReceiveReply {
                coordinator,
                saga,
                reply,
            } => self.input(to, coordinator, saga, |step, op| Input::Answered {
                step,
                op,
                reply,
            })?,
            Action::Log { coordinator, saga } => log(rules, to, coordinator, saga)?,
            Action::LogUnconfirmed {
                coordinator,
                saga,
                is_made,
            } => log_unconfirmed(to, coordinator, saga, is_made),
            Action::Park { coordinator, saga } => park(to, coordinator, saga),
            Action::Serve { .. } => unreachable!("a service performs this action"),
        }
        Ok(())
    }

    /// Gives an input to a task that waits for a reply.
    fn input(
        &self,
        to: &mut State,
        coordinator: usize,
        saga: usize,
        input: impl FnOnce(u8, Op) -> Input,
    ) -> Result<(), Illegal> {
        match to.coordinators[coordinator].driver(saga) {
            Some(Driver {
                view,
                logged,
                todo: Todo::Await { step, op },
                ..
            }) => advance(
                &self.rules,
                to,
                coordinator,
                saga,
                view,
                logged,
                input(step, op),
            ),
            _ => Ok(()),
        }
    }

    /// The kind of a saga.
    pub(super) fn kind(&self, saga: usize) -> Kind {
        self.kinds[saga]
    }
}
