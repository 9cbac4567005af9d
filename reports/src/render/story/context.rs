//! What must be known from earlier events to describe a later one: messages, operations and rows.
//!
//! A record names messages and operations by number, as the trace of a real system would. A reader needs to know what
//! a number stands for without searching backwards.

use std::collections::BTreeMap;

use likewise_world::{
    plan::{Host, MessageKind, Operation, Side},
    record::{Event, EventKind, PROBE, RunRecord, StepNote},
};

use crate::analysis::narrative::{phrases, row_changes::RowChanges};

/// The earlier events of a run.
pub(super) struct Context {
    pub(super) rows: RowChanges,
    /// By the number of the message.
    messages: BTreeMap<u64, Message>,
    /// What each operation of the workload does, in words.
    operations: Vec<String>,
}

struct Message {
    from: Host,
    to: Host,
    what: MessageKind,
    steps: String,
}

impl Message {
    /// The steps that it asks for, or its kind.
    fn request(&self) -> String {
        match self.steps.is_empty() {
            true => self.what.to_string(),
            false => self.steps.clone(),
        }
    }
}

impl Context {
    /// Before the first event of a run.
    pub(super) fn of(record: &RunRecord) -> Self {
        let workload = record.plan.workload.iter().enumerate();
        let operation = |(place, it): (usize, &Operation)| {
            phrases::operation(&record.captions, place, &it.what)
        };
        Self {
            rows: RowChanges::of(record),
            messages: BTreeMap::new(),
            operations: workload.map(operation).collect(),
        }
    }

    /// Remembers what later events refer to. Row changes are passed to [`Self::rows`] by the caller, who needs the words.
    pub(super) fn observe(&mut self, event: &Event) {
        if let EventKind::Sent {
            message,
            to,
            what,
            steps,
            ..
        } = &event.kind
        {
            let sent = Message {
                from: event.host,
                to: *to,
                what: *what,
                steps: phrases::steps(steps),
            };
            self.messages.insert(*message, sent);
        }
    }

    /// The line of a story for an event that is neither a phase nor a commit; `None` if it does not matter.
    ///
    /// Lines that begin with `!!` are faults and those with `XX` are violations, so that both can be found in a long
    /// text.
    pub(super) fn line(&self, host: Host, kind: &EventKind) -> Option<String> {
        let line = match kind {
            EventKind::Sent { to, steps, .. } if !steps.is_empty() => {
                format!("{host} → {to}: {}", phrases::steps(steps))
            }
            EventKind::Replied {
                message,
                status,
                steps,
            } => return self.reply(*message, *status, steps),
            EventKind::Failed { message, why } => format!("{} fails: {why}", self.quoted(*message)),
            EventKind::Lost { message, side } => {
                format!("{} is lost", self.half(*message, *side))
            }
            EventKind::Delayed {
                message,
                side,
                millis,
            } => format!("{} is delayed by {millis} ms", self.half(*message, *side)),
            EventKind::Repeated {
                message: PROBE,
                status,
                steps,
            } => phrases::probe(*status, steps),
            EventKind::Repeated {
                message,
                status,
                steps,
            } => {
                let reply = phrases::reply(*status, steps);
                format!("{} is delivered again: {reply}", self.quoted(*message))
            }
            EventKind::RolledBack { what, why } => format!("{host} rolls back {what}: {why}"),
            EventKind::Invoked { .. } | EventKind::Returned { .. } => return self.click(kind),
            EventKind::Injected { what, .. } => format!("!! {what}"),
            EventKind::Expired { what, .. } => format!("ends: {what}"),
            EventKind::Violated { property, detail } => format!("XX {property}: {detail}"),
            EventKind::Read { path, status } => format!("the reader reads {path}: {status}"),
            EventKind::Readiness { of, status, reason } => phrases::readiness(*of, *status, reason),
            EventKind::Sent { .. }
            | EventKind::Arrived { .. }
            | EventKind::Answered { .. }
            | EventKind::Phase { .. }
            | EventKind::Committed { .. } => return None,
            other => return host_line(host, other),
        };
        Some(line)
    }

    /// A client's click, or its answer.
    fn click(&self, kind: &EventKind) -> Option<String> {
        match kind {
            EventKind::Invoked {
                operation, click, ..
            } => {
                let suffix = phrases::click_suffix(*click);
                Some(format!("{}{suffix}", self.operations.get(*operation)?))
            }
            EventKind::Returned {
                operation,
                click,
                outcome,
                status,
                ..
            } => {
                let operation = self.operations.get(*operation)?;
                let suffix = phrases::click_suffix(*click);
                let outcome = phrases::outcome(*outcome, *status);
                Some(format!("“{operation}”{suffix} {outcome}"))
            }
            _ => None,
        }
    }

    /// A reply without steps is not told. It answers a lookup or a client, and the client's answer has a line of its
    /// own.
    fn reply(&self, message: u64, status: u16, steps: &[StepNote]) -> Option<String> {
        let sent = self.messages.get(&message)?;
        if sent.steps.is_empty() {
            return None;
        }
        let reply = phrases::reply(status, steps);
        Some(format!("{} → {}: {reply}", sent.to, sent.from))
    }

    /// It matters which half was lost. A lost request had no effect; a lost reply may have had one.
    fn half(&self, message: u64, side: Side) -> String {
        let half = match side {
            Side::Before => "the request",
            Side::After => "the reply to",
        };
        format!("{half} {}", self.quoted(message))
    }

    /// What a message asks for.
    pub(super) fn request(&self, message: u64) -> String {
        let sent = self.messages.get(&message);
        sent.map_or_else(|| "a message".to_owned(), Message::request)
    }

    /// What a message asks for, in quotation marks, with its sender and its receiver.
    fn quoted(&self, message: u64) -> String {
        match self.messages.get(&message) {
            None => "a message".to_owned(),
            Some(sent) => format!("“{}” ({} → {})", sent.request(), sent.from, sent.to),
        }
    }
}

/// A change of a host or of a link.
///
/// The first start of a host is part of the setup and is not told.
fn host_line(host: Host, kind: &EventKind) -> Option<String> {
    let line = match kind {
        EventKind::Started { incarnation: 1 } => return None,
        EventKind::Started { incarnation: boot } => format!("{host} restarts (incarnation {boot})"),
        EventKind::NotStarted { why } => format!("{host} cannot start: {why}"),
        EventKind::Crashed => format!("{host} crashes"),
        EventKind::TakenOver => format!("{host} ends: another coordinator took over the saga log"),
        EventKind::RowDamaged { saga, column } => {
            format!("!! somebody damaged the row of saga {saga} (column {column})")
        }
        EventKind::RowRestored { saga } => {
            format!("the row of saga {saga} is restored from a backup")
        }
        EventKind::LostPower => format!("{host} loses power"),
        EventKind::Stopped => format!("{host} stops"),
        EventKind::Partitioned { a, b, one_way } => {
            format!("!! {} are partitioned", phrases::link(*a, *b, *one_way))
        }
        EventKind::Reconnected { a, b, one_way } => {
            format!("{} are connected again", phrases::link(*a, *b, *one_way))
        }
        _ => return None,
    };
    Some(line)
}
