//! The rows of a sequence diagram, from the events of a run.

use std::collections::BTreeMap;

use likewise_world::{
    plan::{Host, Side},
    record::{Event, EventKind, PROBE, RunRecord, StepNote},
};

use crate::{
    analysis::narrative::{
        hosts::in_order,
        phases::{PROBES, decisive_events, millis_since, workload_start},
        phrases,
    },
    render::story::captions,
};

/// Characters of a caption before it is cut.
const CAPTION_MAX: usize = 110;

/// What explains the commits after it: no client asked for them.
const PROBES_BEGIN: &str = "probes: the harness repeats every step";

/// A row of the diagram. Hosts are given by their column.
pub(super) enum Row {
    /// A message, or its loss.
    Arrow {
        from: usize,
        to: usize,
        class: &'static str,
        text: String,
        is_lost: bool,
    },
    /// Something that happens at one host.
    Note { at: usize, text: String },
    /// A fault or a violation, across the whole diagram.
    Across {
        class: &'static str,
        sign: &'static str,
        text: String,
    },
}

/// The hosts that take part in the decisive events, in their order.
///
/// The network host delivers copies and is no participant: its deliveries are drawn as notes at the receiver.
pub(super) fn hosts(record: &RunRecord) -> Vec<Host> {
    let of = |(_, event): (usize, &Event)| match &event.kind {
        EventKind::Sent { to, .. } => vec![event.host, *to],
        _ => vec![event.host],
    };
    in_order(record, decisive_events(record).flat_map(of))
}

/// The rows of the decisive events, each with its time in milliseconds since the clients started.
pub(super) fn rows(record: &RunRecord, hosts: &[Host]) -> Vec<(u64, Row)> {
    let reader = RowReader::of(record, hosts);
    let start = workload_start(&record.events);
    let row = |(index, event): (usize, &Event)| {
        let millis = millis_since(start, event.at_micros);
        Some((millis, reader.row(index, event)?))
    };
    decisive_events(record).filter_map(row).collect()
}

/// A request that was sent. Its reply and its loss refer to it.
struct Sent<'a> {
    from: Host,
    to: Host,
    steps: &'a [StepNote],
}

/// What a row needs besides its event.
struct RowReader<'a> {
    hosts: &'a [Host],
    /// One for each event of the run, also for those without a row.
    captions: Vec<String>,
    /// By the number of the message. A reply or a loss only has that number.
    sent: BTreeMap<u64, Sent<'a>>,
}

impl<'a> RowReader<'a> {
    fn of(record: &'a RunRecord, hosts: &'a [Host]) -> Self {
        let sent = record.events.iter().filter_map(|event| match &event.kind {
            EventKind::Sent {
                message, to, steps, ..
            } => {
                let (from, to) = (event.host, *to);
                Some((*message, Sent { from, to, steps }))
            }
            _ => None,
        });
        Self {
            hosts,
            captions: captions(record),
            sent: sent.collect(),
        }
    }

    /// The row of an event; `None` for events that only a table needs.
    fn row(&self, index: usize, event: &Event) -> Option<Row> {
        let caption = || cut(&self.captions[index]);
        match &event.kind {
            EventKind::Repeated {
                message: PROBE,
                steps,
                ..
            } if !steps.is_empty() => {
                let text = format!("probe: {}", answered(steps));
                Some(across("probe", "", text))
            }
            EventKind::Sent { .. }
            | EventKind::Lost { .. }
            | EventKind::Replied { .. }
            | EventKind::Repeated { .. } => self.message(event),
            EventKind::Invoked { .. } | EventKind::Returned { .. } => {
                self.note(event.host, caption())
            }
            EventKind::Committed { .. } => {
                let caption = caption();
                let (_, changes) = caption.split_once(": ")?;
                self.note(event.host, changes.to_owned())
            }
            EventKind::Injected { .. } => Some(across("fault", "ϟ", caption())),
            EventKind::Crashed | EventKind::LostPower | EventKind::Stopped => {
                Some(across("fault", "", caption()))
            }
            // The caption stands in a table with a column for the host.
            EventKind::Started { .. } => {
                let text = format!("{} {}", event.host, caption());
                Some(across("fault", "", text))
            }
            EventKind::Violated { .. } => Some(across("violated", "✕", caption())),
            EventKind::Phase { name } if name == PROBES => {
                Some(across("probe", "", PROBES_BEGIN.to_owned()))
            }
            _ => None,
        }
    }

    /// The row of a message; `None` if it concerns no step.
    ///
    /// Look-ups and health checks concern no step. They would push the decisive arrows out of the diagram.
    fn message(&self, event: &Event) -> Option<Row> {
        match &event.kind {
            EventKind::Sent { to, steps, .. } if !steps.is_empty() => {
                self.arrow(event.host, *to, class(steps), requested(steps))
            }
            EventKind::Replied { message, steps, .. } if !steps.is_empty() => {
                let Sent { from, to, .. } = self.sent.get(message)?;
                self.arrow(*to, *from, class(steps), answered(steps))
            }
            EventKind::Repeated { message, steps, .. } if !steps.is_empty() => {
                let to = self.sent.get(message)?.to;
                self.note(to, format!("again: {}", answered(steps)))
            }
            EventKind::Lost { message, side } => self.lost(*message, *side),
            _ => None,
        }
    }

    /// A lost reply is an arrow in the opposite direction.
    fn lost(&self, message: u64, side: Side) -> Option<Row> {
        let Sent { from, to, steps } = self.sent.get(&message)?;
        let (from, to, what) = match side {
            Side::Before => (from, to, "request lost"),
            Side::After => (to, from, "reply lost"),
        };
        Some(Row::Arrow {
            from: self.column(*from)?,
            to: self.column(*to)?,
            class: "lost",
            text: format!("{what}: {}", requested(steps)),
            is_lost: true,
        })
    }

    fn arrow(&self, from: Host, to: Host, class: &'static str, text: String) -> Option<Row> {
        Some(Row::Arrow {
            from: self.column(from)?,
            to: self.column(to)?,
            class,
            text,
            is_lost: false,
        })
    }

    fn note(&self, host: Host, text: String) -> Option<Row> {
        let at = self.column(host)?;
        Some(Row::Note { at, text })
    }

    fn column(&self, host: Host) -> Option<usize> {
        self.hosts.iter().position(|known| *known == host)
    }
}

fn across(class: &'static str, sign: &'static str, text: String) -> Row {
    Row::Across { class, sign, text }
}

fn class(steps: &[StepNote]) -> &'static str {
    match steps.first().map(|note| note.op.as_ref()) {
        Some("do") => "do",
        Some("undo") => "undo",
        Some("seal") => "seal",
        _ => "plain",
    }
}

fn requested(steps: &[StepNote]) -> String {
    first_of(steps.iter().map(phrases::step).collect())
}

/// A refusal in a batch explains more than what else was done in it.
fn answered(steps: &[StepNote]) -> String {
    let is_plain = |note: &&StepNote| matches!(note.reply.as_deref(), Some("done" | "undone"));
    let (plain, telling): (Vec<_>, Vec<_>) = steps.iter().partition(is_plain);
    let each = telling.into_iter().chain(plain).map(|note| {
        let reply = note.reply.as_deref().unwrap_or("no reply");
        format!("{reply}: {}", phrases::step(note))
    });
    first_of(each.collect())
}

/// The first phrase and the number of the others: an arrow has room for one.
fn first_of(phrases: Vec<String>) -> String {
    match phrases.split_first() {
        None => String::new(),
        Some((first, [])) => first.clone(),
        Some((first, more)) => format!("{first} +{}", more.len()),
    }
}

/// Cuts between characters, never inside one.
fn cut(text: &str) -> String {
    match text.char_indices().nth(CAPTION_MAX) {
        None => text.to_owned(),
        Some((at, _)) => format!("{}…", &text[..at]),
    }
}
