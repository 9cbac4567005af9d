//! A run, told: one line for each thing that matters, in simulated time since the users began.
//!
//! ```text
//!      0 ms  user 1 likes article 1
//!     10 ms  coordinator commits: saga 1 of user 1 on article 1 running
//!     11 ms  coordinator → article: do step 0 of saga 1
//!     15 ms  article commits: step 0 of saga 1 done; article 1: likes 0 → 1
//! ```
//!
//! Identities are told by number, in the order of their appearance: a story depends on nothing but the plan, so it
//! can be kept as a snapshot. `rows.rs` puts changed rows in words (`words.rs` has the smaller ones), `explain.rs` puts
//! the whole run in three sentences, with `struck.rs` for what struck and `then.rs` for what the system did.

mod captions;
mod explain;
mod rows;
mod struck;
mod then;
mod words;

use std::{collections::BTreeMap, fmt::Write as _};

use likewise_sim::{
    plan::{Host, MessageKind, Side},
    record::{Event, EventKind, Outcome, RunRecord, StepNote},
};

pub use captions::captions;
pub use explain::explain;
use rows::Rows;
use words::{answer, asked, clicked, commit, ended, link, noun, wish};

/// Where the users begin, and the lines with them.
const FIRST_PHASE_TOLD: &str = "faults";
/// From here on the checks ask their own questions: only what they find is told.
const PROBES: &str = "probes";

/// Tells a run.
#[must_use]
pub fn tell(record: &RunRecord) -> String {
    let mut story = Story::of(record);
    let _ = writeln!(story.text, "{}", title(record));
    for event in &record.events {
        story.event(event);
    }
    story.text
}

fn title(record: &RunRecord) -> String {
    match record.plan.system.as_str() {
        likewise_sim::plan::PRODUCT => record.plan.name.clone(),
        specimen if specimen == record.plan.name => format!("specimen {specimen}"),
        specimen => format!("{} (specimen {specimen})", record.plan.name),
    }
}

/// What must be remembered while telling.
struct Story {
    text: String,
    rows: Rows,
    messages: BTreeMap<u64, Message>,
    operations: BTreeMap<usize, String>,
    began_micros: Option<u64>,
    telling: Telling,
}

/// How much is told now.
#[derive(PartialEq, Eq)]
enum Telling {
    NothingYet,
    Everything,
    FindingsOnly,
}

struct Message {
    from: Host,
    to: Host,
    what: MessageKind,
    steps: String,
}

impl Story {
    fn of(record: &RunRecord) -> Self {
        let began = workload_began(&record.events);
        let telling = match began {
            Some(_) => Telling::NothingYet,
            None => Telling::Everything,
        };
        Self {
            text: String::new(),
            rows: Rows::of(record),
            messages: BTreeMap::new(),
            operations: BTreeMap::new(),
            began_micros: began,
            telling,
        }
    }

    fn event(&mut self, event: &Event) {
        self.remember(event);
        let told = match &event.kind {
            EventKind::Phase { name } => self.phase(name),
            // The rows are followed from the start, or the first change would have no before.
            EventKind::Committed { changes, .. } => commit(event.host, &self.rows.changes(changes)),
            other => self.happening(event.host, other),
        };
        let is_finding = matches!(
            event.kind,
            EventKind::Violated { .. } | EventKind::Phase { .. }
        );
        let tell = match self.telling {
            Telling::NothingYet => false,
            Telling::Everything => true,
            Telling::FindingsOnly => is_finding,
        };
        if let (true, Some(line)) = (tell, told) {
            let millis = millis_since(self.began_micros, event.at_micros);
            let _ = writeln!(self.text, "{millis:>7} ms  {line}");
        }
    }

    fn remember(&mut self, event: &Event) {
        match &event.kind {
            EventKind::Sent {
                message,
                to,
                what,
                steps,
                ..
            } => {
                let sent = Message {
                    from: event.host,
                    to: *to,
                    what: *what,
                    steps: asked(steps),
                };
                self.messages.insert(*message, sent);
            }
            EventKind::Invoked {
                operation,
                user,
                action,
                article,
                ..
            } => {
                let wish = format!("user {user}: {} of article {article}", noun(*action));
                self.operations.insert(*operation, wish);
            }
            _ => {}
        }
    }

    fn ended(&self, operation: usize, click: u32, outcome: Outcome, status: u16) -> String {
        let wish = self.operations.get(&operation);
        let wish = wish.map_or("an operation", String::as_str);
        format!("{wish}{} {}", clicked(click), ended(outcome, status))
    }

    fn phase(&mut self, name: &str) -> Option<String> {
        match name {
            FIRST_PHASE_TOLD => self.telling = Telling::Everything,
            PROBES => self.telling = Telling::FindingsOnly,
            _ => {}
        }
        let said = match name {
            FIRST_PHASE_TOLD => return None,
            "healed" => "-- everything heals",
            PROBES => "-- the checks ask their questions",
            "end" => "-- the end",
            other => return Some(format!("-- {other}")),
        };
        Some(said.to_owned())
    }

    fn happening(&self, host: Host, kind: &EventKind) -> Option<String> {
        let line = match kind {
            EventKind::Started { incarnation: 1 } => return None,
            EventKind::Started { incarnation: boot } => format!("{host} is up again (boot {boot})"),
            EventKind::NotStarted { why } => format!("{host} cannot start: {why}"),
            EventKind::Crashed => format!("{host} crashes"),
            EventKind::LostPower => format!("{host} has no power"),
            EventKind::Stopped => format!("{host} has stopped"),
            EventKind::Injected { what, .. } => format!("!! {what}"),
            EventKind::Expired { what, .. } => format!("over: {what}"),
            EventKind::Partitioned { a, b, one_way } => {
                format!("!! {} are parted", link(*a, *b, *one_way))
            }
            EventKind::Reconnected { a, b, one_way } => {
                format!("{} are joined again", link(*a, *b, *one_way))
            }
            EventKind::Sent { to, steps, .. } if !steps.is_empty() => {
                format!("{host} → {to}: {}", asked(steps))
            }
            EventKind::Replied {
                message,
                status,
                steps,
            } => {
                return self.reply(*message, *status, steps);
            }
            EventKind::Failed { message, why } => format!("{} fails: {why}", self.shown(*message)),
            EventKind::Lost { message, side } => {
                format!("{} is lost", self.half(*message, *side))
            }
            EventKind::Delayed {
                message,
                side,
                millis,
            } => {
                format!(
                    "{} is held back for {millis} ms",
                    self.half(*message, *side)
                )
            }
            EventKind::Repeated {
                message,
                status,
                steps,
            } => {
                let answer = answer(*status, steps);
                format!("{} arrives once more: {answer}", self.shown(*message))
            }
            EventKind::RolledBack { what, why } => format!("{host} rolls back {what}: {why}"),
            EventKind::Invoked {
                click,
                user,
                action,
                article,
                ..
            } => {
                format!(
                    "user {user} {} article {article}{}",
                    wish(*action),
                    clicked(*click)
                )
            }
            EventKind::Returned {
                operation,
                click,
                outcome,
                status,
                ..
            } => self.ended(*operation, *click, *outcome, *status),
            EventKind::Violated { property, detail } => format!("XX {property}: {detail}"),
            EventKind::Sent { .. }
            | EventKind::Arrived { .. }
            | EventKind::Answered { .. }
            | EventKind::Phase { .. }
            | EventKind::Committed { .. } => return None,
        };
        Some(line)
    }

    fn reply(&self, message: u64, status: u16, steps: &[StepNote]) -> Option<String> {
        let sent = self.messages.get(&message)?;
        if sent.steps.is_empty() {
            return None;
        }
        Some(format!(
            "{} → {}: {}",
            sent.to,
            sent.from,
            answer(status, steps)
        ))
    }

    fn half(&self, message: u64, side: Side) -> String {
        let half = match side {
            Side::Before => "the request",
            Side::After => "the reply to",
        };
        format!("{half} {}", self.shown(message))
    }

    /// What a message asks for: its steps, or its kind.
    fn asked(&self, message: u64) -> String {
        match self.messages.get(&message) {
            None => "a message".to_owned(),
            Some(sent) if sent.steps.is_empty() => sent.what.to_string(),
            Some(sent) => sent.steps.clone(),
        }
    }

    fn shown(&self, message: u64) -> String {
        match self.messages.get(&message) {
            None => "a message".to_owned(),
            Some(sent) if sent.steps.is_empty() => {
                format!("“{}” ({} → {})", sent.what, sent.from, sent.to)
            }
            Some(sent) => format!("“{}” ({} → {})", sent.steps, sent.from, sent.to),
        }
    }
}

/// When the users began, in simulated microseconds; 0 if the run never came so far.
#[must_use]
pub fn began(record: &RunRecord) -> u64 {
    workload_began(&record.events).unwrap_or(0)
}

/// When the users began, in simulated microseconds; nothing if the run never came so far.
fn workload_began(events: &[Event]) -> Option<u64> {
    let is_it = |event: &&Event| matches!(&event.kind, EventKind::Phase { name } if name == FIRST_PHASE_TOLD);
    events.iter().find(is_it).map(|event| event.at_micros)
}

fn millis_since(began_micros: Option<u64>, at_micros: u64) -> u64 {
    at_micros.saturating_sub(began_micros.unwrap_or(0)) / 1_000
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples;

    #[test]
    fn a_like_that_goes_well() {
        insta::assert_snapshot!(tell(&samples::green()));
    }

    #[test]
    fn a_like_that_is_undone_twice() {
        insta::assert_snapshot!(tell(&samples::red()));
    }

    #[test]
    fn no_identity_is_told() {
        for record in [samples::green(), samples::red()] {
            assert!(!tell(&record).contains("018f"));
        }
    }
}
