//! A counter-example as people read it: one line an action. Coordinators are called by their epoch.

use likewise_barrier::BarrierState;
use likewise_saga::protocol::{Op, Status};

use super::{
    Kind, Model,
    action::Action,
    search::CounterExample,
    service::{Address, is_record},
    state::{Coordinator, Driver, Reply, State, TWO, Todo},
};

impl Model<'_> {
    /// Tells a counter-example, one line an action.
    #[must_use]
    pub fn tell_story(&self, found: &CounterExample<State, Action>) -> Vec<String> {
        let mut teller = Teller {
            model: self,
            epochs: [0; 2],
            newest: 0,
        };
        let mut before = self.first();
        let mut lines = Vec::new();
        for (action, after) in &found.path {
            lines.push(teller.line(&before, *action));
            before = *after;
        }
        lines
    }
}

struct Teller<'m> {
    model: &'m Model<'m>,
    /// Of the coordinator at each place of the state before.
    epochs: [u32; 2],
    newest: u32,
}

impl Teller<'_> {
    fn line(&mut self, before: &State, action: Action) -> String {
        if let Action::StartCoordinator { place } = action {
            self.newest += 1;
            self.epochs[place] = self.newest;
        }
        // A step that cannot be carried out leaves everything as it is.
        let after = self.model.apply(before, action).unwrap_or(*before);
        let mut line = self.tell(before, action, &after);
        let (settled, is_swapped) = self.model.canonical(after);
        line.extend(self.answered_at_once(&after, &settled));
        if is_swapped {
            self.epochs.swap(0, 1);
        }
        line
    }

    /// Requests that changed nothing and so were answered at once: they have no line of their own.
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
            for (op, reply) in is.told.replies() {
                if !was.told.has_reply(op, reply) {
                    let request = self.request(Address { saga, step }, op);
                    answers.push(format!("; “{request}” is answered “{}”", said(reply)));
                }
            }
        }
        answers
    }

    fn tell(&self, before: &State, action: Action, after: &State) -> String {
        match action {
            Action::StartCoordinator { place } => self.start_coordinator(before, place),
            Action::Crash { place } => format!("{} dies", self.who(before, place)),
            Action::Start { place, saga } => format!(
                "{} commits saga {} as running{}",
                self.who(before, place),
                self.saga(saga),
                self.then(after, place, saga)
            ),
            Action::TakeUp { place, saga } => format!(
                "{} takes up saga {} from its row{}",
                self.who(before, place),
                saga + 1,
                self.then(after, place, saga)
            ),
            Action::Deadline { place, saga } => format!(
                "{} finds saga {} past its deadline{}",
                self.who(before, place),
                saga + 1,
                self.then(after, place, saga)
            ),
            Action::Hear { place, saga, reply } => format!(
                "{} hears {}{}",
                self.who(before, place),
                self.heard(before, place, saga, reply),
                self.then(after, place, saga)
            ),
            Action::Log { place, saga } => self.log(before, place, saga, after),
            Action::LogUnconfirmed {
                place,
                saga,
                is_made,
            } => format!(
                "{} writes saga {} to the log and is not confirmed: {}",
                self.who(before, place),
                saga + 1,
                match is_made {
                    true => "it was written",
                    false => "nothing was written",
                }
            ),
            Action::Park { place, saga } => format!(
                "{} parks saga {} and logs what it knows of its steps",
                self.who(before, place),
                saga + 1
            ),
            Action::Serve { at, op, .. } => self.serve(before, at, op, after),
        }
    }

    fn log(&self, before: &State, place: usize, saga: usize, after: &State) -> String {
        let row = after.sagas[saga].row;
        if row == before.sagas[saga].row {
            let who = self.who(before, place);
            return format!("{who} cannot log saga {}: its row has moved on", saga + 1);
        }
        format!(
            "{} logs saga {} as {}{}",
            self.who(before, place),
            saga + 1,
            row.map_or("nothing", |row| status(row.status)),
            self.then(after, place, saga)
        )
    }

    fn start_coordinator(&self, before: &State, place: usize) -> String {
        let other = self.epochs[1 - place];
        match before.coordinators[1 - place] {
            Coordinator::Up { .. } => format!(
                "a coordinator starts under epoch {}; epoch {other} goes on as a zombie",
                self.newest
            ),
            Coordinator::Down => format!("a coordinator starts under epoch {}", self.newest),
        }
    }

    fn who(&self, before: &State, place: usize) -> String {
        match before.coordinators[place].is_current() {
            true => format!("epoch {}", self.epochs[place]),
            false => format!("epoch {} (a zombie)", self.epochs[place]),
        }
    }

    fn saga(&self, saga: usize) -> String {
        let kind = match self.model.kind(saga) {
            Kind::Like => "like",
            Kind::Unlike => "unlike",
        };
        format!("{} ({kind})", saga + 1)
    }

    fn step(&self, at: Address) -> &'static str {
        match is_record(self.model.kind(at.saga), at.step) {
            true => "record",
            false => "count",
        }
    }

    fn heard(&self, before: &State, place: usize, saga: usize, reply: Reply) -> String {
        let Some(Driver {
            todo: Todo::Await { step, op },
            ..
        }) = before.coordinators[place].driver(saga)
        else {
            return String::new();
        };
        let at = Address {
            saga,
            step: usize::from(step),
        };
        format!("“{}” to {}", said(reply), self.request(at, op))
    }

    fn request(&self, at: Address, op: Op) -> String {
        let op = match op {
            Op::Do => "do",
            Op::Undo => "undo",
            Op::Seal => "seal",
        };
        format!("{op} {} of saga {}", self.step(at), at.saga + 1)
    }

    /// What a task does now.
    fn then(&self, after: &State, place: usize, saga: usize) -> String {
        let Some(driver) = after.coordinators[place].driver(saga) else {
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
            Todo::Log(Status::Completed) => {
                "; answers 200, wants to log it as completed".to_owned()
            }
            Todo::Log(to) => format!("; wants to log it as {}", status(to)),
        }
    }

    fn serve(&self, before: &State, at: Address, op: Op, after: &State) -> String {
        let (was, is) = (
            before.sagas[at.saga].steps[at.step],
            after.sagas[at.saga].steps[at.step],
        );
        let reply = Reply::ALL
            .into_iter()
            .find(|reply| is.told.has_reply(op, *reply) && !was.told.has_reply(op, *reply));
        let reply = reply.map_or("the same again", said);
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

fn row(row: Option<BarrierState>) -> &'static str {
    match row {
        None => "no row is left",
        Some(BarrierState::Done) => "row done",
        Some(BarrierState::Refused) => "row refused",
        Some(BarrierState::Undone) => "row undone",
        Some(BarrierState::Tomb) => "row tomb",
    }
}

fn effect(before: &State, after: &State) -> String {
    if before.likes != after.likes {
        return format!(", likes {} → {}", before.likes, after.likes);
    }
    match (before.record, after.record) {
        (None, Some(_)) => ", the record is there".to_owned(),
        (Some(_), None) => ", the record is gone".to_owned(),
        _ => String::new(),
    }
}

fn said(reply: Reply) -> &'static str {
    match reply {
        Reply::Done => "done",
        Reply::Refused => "refused",
        Reply::Dead => "dead",
        Reply::Undone => "undone",
    }
}

fn status(status: Status) -> &'static str {
    match status {
        Status::Running => "running",
        Status::Completed => "completed",
        Status::Compensating => "compensating",
        Status::Compensated => "compensated",
    }
}
