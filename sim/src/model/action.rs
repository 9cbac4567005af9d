//! Everything that can happen, at any moment.

use likewise_saga::protocol::Op;

use super::{
    Kind, Model,
    coordinator::{Illegal, log, log_unconfirmed, park, start, start_coordinator, take_up, tell},
    rule_cache::Input,
    search::Step,
    service::{Address, serve, whims},
    state::{Coordinator, Driver, Reply, State, TWO, Todo},
};

/// One thing that happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// A coordinator starts and takes the log over; another one may go on as a zombie.
    StartCoordinator {
        /// Which of the two coordinators.
        place: usize,
    },
    /// A coordinator dies; what it knew is gone.
    Crash {
        /// Which of the two coordinators.
        place: usize,
    },
    /// A saga's row is committed, and its task begins.
    Start {
        /// Which of the two coordinators.
        place: usize,
        /// Which of the two sagas.
        saga: usize,
    },
    /// An open saga is taken up from its row.
    TakeUp {
        /// Which of the two coordinators.
        place: usize,
        /// Which of the two sagas.
        saga: usize,
    },
    /// A task starts to doubt.
    Deadline {
        /// Which of the two coordinators.
        place: usize,
        /// Which of the two sagas.
        saga: usize,
    },
    /// A task hears an answer: the first one, or any later copy of any.
    Hear {
        /// Which of the two coordinators.
        place: usize,
        /// Which of the two sagas.
        saga: usize,
        /// What it hears.
        reply: Reply,
    },
    /// A task writes the status it wants to the log.
    Log {
        /// Which of the two coordinators.
        place: usize,
        /// Which of the two sagas.
        saga: usize,
    },
    /// A task's write to the log is not confirmed; the task will write it again.
    LogUnconfirmed {
        /// Which of the two coordinators.
        place: usize,
        /// Which of the two sagas.
        saga: usize,
        /// Whether it was made.
        is_made: bool,
    },
    /// A task that got no answer for long logs what it knows.
    Park {
        /// Which of the two coordinators.
        place: usize,
        /// Which of the two sagas.
        saga: usize,
    },
    /// A request arrives: the first time or again, soon or late.
    Serve {
        /// The step.
        at: Address,
        /// What is asked.
        op: Op,
        /// Whether a business rule says no, if it is asked.
        refuse: bool,
    },
}

/// A compensation cannot be carried out.
pub const COMPENSATION_APPLIES: &str = "compensation-applies";
/// The rules say that what happened cannot happen.
pub const RULES_KNOW_EVERY_CASE: &str = "rules-know-every-case";

impl Model<'_> {
    /// Everything that can happen next and changes something.
    pub(super) fn all_steps(&self, from: &State, to: &mut Vec<Step<State, Action>>) {
        for place in TWO {
            let action = match from.coordinators[place] {
                Coordinator::Down => Action::StartCoordinator { place },
                Coordinator::Up { .. } => Action::Crash { place },
            };
            self.push(from, action, to);
            for saga in TWO {
                match from.coordinators[place].driver(saga) {
                    Some(driver) => self.steps_of_task(from, place, saga, driver, to),
                    None => self.steps_without_task(from, place, saga, to),
                }
            }
        }
        for saga in TWO {
            for step in TWO {
                for op in [Op::Do, Op::Seal, Op::Undo] {
                    if from.sagas[saga].steps[step].asked.has(op) {
                        let at = Address { saga, step };
                        for &refuse in whims(from, at, op) {
                            self.push(from, Action::Serve { at, op, refuse }, to);
                        }
                    }
                }
            }
        }
    }

    fn steps_without_task(
        &self,
        from: &State,
        place: usize,
        saga: usize,
        to: &mut Vec<Step<State, Action>>,
    ) {
        match from.sagas[saga].row {
            None if self.may_start(from, place, saga) => {
                self.push(from, Action::Start { place, saga }, to);
            }
            Some(row) if row.status.is_open() && from.coordinators[place] != Coordinator::Down => {
                self.push(from, Action::TakeUp { place, saga }, to);
            }
            _ => {}
        }
    }

    fn steps_of_task(
        &self,
        from: &State,
        place: usize,
        saga: usize,
        driver: Driver,
        to: &mut Vec<Step<State, Action>>,
    ) {
        match driver.todo {
            Todo::Log(_) if !self.may_write(from, place) => {}
            Todo::Log(_) => {
                self.push(from, Action::Log { place, saga }, to);
                // Behind the fence nobody else moves the row: what was not written is just written again.
                let ways: &[bool] = if self.protocol.fence {
                    &[true]
                } else {
                    &[true, false]
                };
                for &is_made in ways {
                    let action = Action::LogUnconfirmed {
                        place,
                        saga,
                        is_made,
                    };
                    self.push(from, action, to);
                }
            }
            Todo::Await { step, op } => {
                let told = from.sagas[saga].steps[usize::from(step)].told;
                for reply in Reply::ALL.into_iter().filter(|r| told.has_reply(op, *r)) {
                    self.push(from, Action::Hear { place, saga, reply }, to);
                }
                // As in the product, a deadline is looked at before an action is sent, not before anything else.
                if op == Op::Do && !driver.view.in_doubt {
                    self.push(from, Action::Deadline { place, saga }, to);
                }
                if self.may_write(from, place) {
                    self.push(from, Action::Park { place, saga }, to);
                }
            }
        }
    }

    /// An open saga holds the lock on the pair. Of two equal sagas the first starts first: it is only a name.
    fn may_start(&self, from: &State, place: usize, saga: usize) -> bool {
        self.may_write(from, place)
            && !from.sagas.iter().any(|other| other.is_open())
            && (saga == 0 || self.kinds[0] != self.kinds[1] || from.sagas[0].row.is_some())
    }

    fn may_write(&self, from: &State, place: usize) -> bool {
        let coordinator = from.coordinators[place];
        coordinator.is_current() || (!self.protocol.fence && coordinator != Coordinator::Down)
    }

    /// Adds a step, unless it changes nothing.
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
        let mut to = *from;
        let done = match action {
            Action::StartCoordinator { place } => {
                start_coordinator(&mut to, place);
                Ok(())
            }
            Action::Crash { place } => {
                to.coordinators[place] = Coordinator::Down;
                Ok(())
            }
            Action::Start { place, saga } => start(&self.rules, &mut to, place, saga),
            Action::TakeUp { place, saga } => take_up(&self.rules, &mut to, place, saga),
            Action::Deadline { place, saga } => {
                self.input(&mut to, place, saga, |_, _| Input::DeadlinePassed)
            }
            Action::Hear { place, saga, reply } => self.input(&mut to, place, saga, |step, op| {
                Input::Answered { step, op, reply }
            }),
            Action::Log { place, saga } => log(&self.rules, &mut to, place, saga),
            Action::LogUnconfirmed {
                place,
                saga,
                is_made,
            } => {
                log_unconfirmed(&mut to, place, saga, is_made);
                Ok(())
            }
            Action::Park { place, saga } => {
                park(&mut to, place, saga);
                Ok(())
            }
            Action::Serve { at, op, refuse } => {
                return serve(&self.protocol, self.kinds, from, at, op, refuse)
                    .ok_or(COMPENSATION_APPLIES);
            }
        };
        done.map(|()| to).map_err(|Illegal| RULES_KNOW_EVERY_CASE)
    }

    /// Tells a task that waits for an answer what came of it.
    fn input(
        &self,
        to: &mut State,
        place: usize,
        saga: usize,
        input: impl FnOnce(u8, Op) -> Input,
    ) -> Result<(), Illegal> {
        match to.coordinators[place].driver(saga) {
            Some(Driver {
                view,
                logged,
                todo: Todo::Await { step, op },
                ..
            }) => tell(&self.rules, to, place, saga, view, logged, input(step, op)),
            _ => Ok(()),
        }
    }

    /// Which kind of saga this is.
    pub(super) fn kind(&self, saga: usize) -> Kind {
        self.kinds[saga]
    }
}
