//! A counter-example as a readable story: one line for each action. Coordinators are named by their epoch.

mod text;

use likewise_protocol::{Op, Status};

use text::{effect, reply_name, row, status, unconfirmed};

use super::{
    Kind, Model,
    action::Action,
    search::CounterExample,
    service::{Address, is_record},
    state::{Coordinator, Driver, Reply, State, TWO, Todo},
};

impl Model<'_> {
    /// The story of a counter-example: one line for each action.
    #[must_use]
    pub fn story(&self, found: &CounterExample<State, Action>) -> Vec<String> {
        let mut writer = StoryWriter::new(self);
        let mut before = self.first();
        let mut lines = Vec::new();
        for (action, after) in &found.path {
            lines.push(writer.line(&before, *action));
            before = *after;
        }
        lines
    }
}

/// Writes the lines and numbers the epochs, which the states do not contain.
pub(super) struct StoryWriter<'m> {
    model: &'m Model<'m>,
    /// The epoch of each coordinator in the state before.
    epochs: [u32; 2],
    newest: u32,
}

impl<'m> StoryWriter<'m> {
    pub(super) fn new(model: &'m Model<'m>) -> Self {
        Self {
            model,
            epochs: [0; 2],
            newest: 0,
        }
    }
}

impl StoryWriter<'_> {
    /// The line of one action. `before` is a state as the search keeps it, so the actions that it merges happen here too.
    pub(super) fn line(&mut self, before: &State, action: Action) -> String {
        if let Action::StartCoordinator { coordinator } = action {
            self.newest += 1;
            self.epochs[coordinator] = self.newest;
        }
        // An action that fails leaves everything as it is.
        let after = self.model.apply(before, action).unwrap_or(*before);
        let mut line = self.describe(before, action, &after);
        let (settled, is_swapped) = self.model.canonical(after);
        line.extend(self.answered_at_once(&after, &settled));
        if is_swapped {
            self.epochs.swap(0, 1);
        }
        line
    }

    /// The requests that changed nothing and were therefore answered at once. They have no lines.
    fn answered_at_once(&self, before: &State, after: &State) -> Vec<String> {
        let mut answers = Vec::new();
        for (saga, step) in TWO
            .into_iter()
            .flat_map(|saga| TWO.map(|step| (saga, step)))
        {
            let (was, is) = (
                before.sagas[saga].steps[step],
                after.sagas[saga].steps[step],
            );
            for (op, reply) in is.replies.iter_replies() {
                if !was.replies.has_reply(op, reply) {
                    let request = self.request(Address { saga, step }, op);
                    answers.push(format!("; “{request}” is answered “{}”", reply_name(reply)));
                }
            }
        }
        answers
    }

    /// What happens, as a sentence.
    fn describe(&self, before: &State, action: Action, after: &State) -> String {
        match action {
            Action::StartCoordinator { coordinator } => self.start_coordinator(before, coordinator),
            Action::Serve { at, op, .. } => self.serve(before, at, op, after),
            Action::Log { coordinator, saga } => self.log(before, coordinator, saga, after),
            Action::Crash { coordinator }
            | Action::Start { coordinator, .. }
            | Action::Resume { coordinator, .. }
            | Action::Deadline { coordinator, .. }
            | Action::Force { coordinator, .. }
            | Action::ReceiveReply { coordinator, .. }
            | Action::LogUnconfirmed { coordinator, .. }
            | Action::Park { coordinator, .. } => format!(
                "{} {}",
                self.epoch(before, coordinator),
                self.predicate(before, action, after)
            ),
        }
    }

    /// What a coordinator does, as the rest of a sentence about it.
    fn predicate(&self, before: &State, action: Action, after: &State) -> String {
        let then = |coordinator, saga| self.then(after, coordinator, saga);
        match action {
            Action::Start { coordinator, saga } => format!(
                "commits saga {} as running{}",
                self.saga(saga),
                then(coordinator, saga)
            ),
            Action::Resume { coordinator, saga } => format!(
                "resumes saga {} from its row{}",
                saga + 1,
                then(coordinator, saga)
            ),
            Action::Deadline { coordinator, saga } => format!(
                "finds saga {} past its deadline{}",
                saga + 1,
                then(coordinator, saga)
            ),
            Action::Force { coordinator, saga } => format!(
                "is ordered to complete saga {}{}",
                saga + 1,
                then(coordinator, saga)
            ),
            Action::ReceiveReply {
                coordinator,
                saga,
                reply,
            } => format!(
                "receives {}{}",
                self.received(before, coordinator, saga, reply),
                then(coordinator, saga)
            ),
            Action::LogUnconfirmed { saga, is_made, .. } => unconfirmed(saga, is_made),
            Action::Park { saga, .. } => {
                format!(
                    "parks saga {} and logs what it knows of its steps",
                    saga + 1
                )
            }
            Action::Crash { .. } => "crashes".to_owned(),
            Action::StartCoordinator { .. } | Action::Log { .. } | Action::Serve { .. } => {
                unreachable!("these actions are described as whole sentences")
            }
        }
    }

    /// A write to the log. It fails if another coordinator has changed the row.
    fn log(&self, before: &State, coordinator: usize, saga: usize, after: &State) -> String {
        let row = after.sagas[saga].row;
        if row == before.sagas[saga].row {
            let who = self.epoch(before, coordinator);
            return format!("{who} cannot log saga {}: its row has moved on", saga + 1);
        }
        format!(
            "{} logs saga {} as {}{}",
            self.epoch(before, coordinator),
            saga + 1,
            row.map_or("nothing", |row| status(row.status)),
            self.then(after, coordinator, saga)
        )
    }

    fn start_coordinator(&self, before: &State, coordinator: usize) -> String {
        let other = self.epochs[1 - coordinator];
        match before.coordinators[1 - coordinator] {
            Coordinator::Up { .. } => format!(
                "a coordinator starts under epoch {}; epoch {other} continues as a zombie",
                self.newest
            ),
            Coordinator::Down => format!("a coordinator starts under epoch {}", self.newest),
        }
    }

    /// The name of a coordinator: its epoch.
    pub(super) fn epoch(&self, before: &State, coordinator: usize) -> String {
        match before.coordinators[coordinator].is_current() {
            true => format!("epoch {}", self.epochs[coordinator]),
            false => format!("epoch {} (a zombie)", self.epochs[coordinator]),
        }
    }

    /// The number of a saga, from 1, with its kind.
    fn saga(&self, saga: usize) -> String {
        let kind = match self.model.kind(saga) {
            Kind::Like => "like",
            Kind::Unlike => "unlike",
        };
        format!("{} ({kind})", saga + 1)
    }

    /// The name of a step, by what it changes.
    fn step(&self, at: Address) -> &'static str {
        match is_record(self.model.kind(at.saga), at.step) {
            true => "record",
            false => "count",
        }
    }

    /// The reply that a task receives, with the request that it answers.
    fn received(&self, before: &State, coordinator: usize, saga: usize, reply: Reply) -> String {
        let Some(Driver {
            todo: Todo::Await { step, op },
            ..
        }) = before.coordinators[coordinator].driver(saga)
        else {
            return String::new();
        };
        let at = Address {
            saga,
            step: usize::from(step),
        };
        format!("“{}” to {}", reply_name(reply), self.request(at, op))
    }

    /// A request, by its operation, step and saga.
    pub(super) fn request(&self, at: Address, op: Op) -> String {
        let op = match op {
            Op::Do => "do",
            Op::Undo => "undo",
            Op::Seal => "seal",
        };
        format!("{op} {} of saga {}", self.step(at), at.saga + 1)
    }

    /// What a task does next.
    fn then(&self, after: &State, coordinator: usize, saga: usize) -> String {
        let Some(driver) = after.coordinators[coordinator].driver(saga) else {
            return String::new();
        };
        match driver.todo {
            Todo::Await { step, op } => {
                let at = Address {
                    saga,
                    step: usize::from(step),
                };
                format!("; sends {}", self.request(at, op))
            }
            Todo::Log(Status::Completed) => "; answers 200, will log it as completed".to_owned(),
            Todo::Log(to) => format!("; will log it as {}", status(to)),
        }
    }

    /// A request at a service: the barrier row and the effect after it, and the reply.
    fn serve(&self, before: &State, at: Address, op: Op, after: &State) -> String {
        let (was, is) = (
            before.sagas[at.saga].steps[at.step],
            after.sagas[at.saga].steps[at.step],
        );
        let reply = Reply::ALL
            .into_iter()
            .find(|reply| is.replies.has_reply(op, *reply) && !was.replies.has_reply(op, *reply));
        let reply = reply.map_or("the same again", reply_name);
        format!(
            "the {} service gets “{}”: {}{}; replies “{reply}”",
            match self.step(at) {
                "record" => "user",
                _ => "article",
            },
            self.request(at, op),
            row(is.row),
            effect(before, after),
        )
    }
}
