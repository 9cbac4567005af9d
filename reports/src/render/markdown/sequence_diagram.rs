//! A run as a Mermaid sequence diagram, which CI services draw in a summary.
//!
//! A Mermaid statement ends at a line end or a semicolon, and its notes may contain markup. So only letters, digits and
//! a few punctuation marks of a text are written as they are; all other characters become character references.

use std::fmt::Write as _;

use likewise_world::{
    plan::{Host, Side},
    record::{Event, EventKind, PROBE, RunRecord, StepNote},
};

use crate::{
    analysis::narrative::{hosts::in_order, phases::decisive_events, phrases},
    render::story::captions,
    text::visible,
};

/// Lines of a diagram at most. The violation comes last, so the first lines are omitted.
const LINES_MAX: usize = 60;
/// Characters of one text at most. Longer texts would make the diagram too wide to read.
const CHARACTERS_MAX: usize = 110;

/// The diagram, from the first click to the violation or the healing.
pub(super) fn mermaid(record: &RunRecord) -> String {
    let captions = captions(record);
    let events: Vec<(usize, &Event)> = decisive_events(record).collect();
    let hosts = hosts(record, &events);
    let Some((first, last)) = hosts.first().zip(hosts.last()) else {
        return "sequenceDiagram".to_owned();
    };
    let over_all = format!("{},{}", id(*first), id(*last));
    let lines: Vec<String> = events
        .iter()
        .filter_map(|(index, event)| line(record, event, &captions[*index], &over_all))
        .collect();
    let hidden = lines.len().saturating_sub(LINES_MAX);
    let mut text = "sequenceDiagram\n".to_owned();
    for host in &hosts {
        let _ = writeln!(
            text,
            "  participant {} as {}",
            id(*host),
            escaped(&host.to_string())
        );
    }
    if hidden > 0 {
        let _ = writeln!(
            text,
            "  Note over {over_all}: {hidden} earlier lines are omitted"
        );
    }
    for line in &lines[hidden..] {
        let _ = writeln!(text, "  {line}");
    }
    text
}

/// Hosts without an event here would be empty columns, so only those that send, receive or do something are named.
///
/// The network host is none of them: a copy is drawn at its receiver.
fn hosts(record: &RunRecord, events: &[(usize, &Event)]) -> Vec<Host> {
    let of = |(_, event): &(usize, &Event)| match &event.kind {
        EventKind::Sent { to, .. } => vec![event.host, *to],
        _ => vec![event.host],
    };
    in_order(record, events.iter().flat_map(of))
}

/// The statement for one event; `None` if the event explains nothing.
fn line(record: &RunRecord, event: &Event, caption: &str, over_all: &str) -> Option<String> {
    let host = id(event.host);
    let text = escaped(caption);
    let line = match &event.kind {
        EventKind::Committed { .. } => {
            let (_, changes) = caption.split_once(": ")?;
            format!("Note over {host}: {}", escaped(changes))
        }
        EventKind::Invoked { .. } | EventKind::Returned { .. } => {
            format!("Note over {host}: {text}")
        }
        EventKind::Injected { .. } => format!("Note over {over_all}: ⚡ {text}"),
        EventKind::Violated { .. } => format!("Note over {over_all}: ✕ {text}"),
        EventKind::Repeated {
            message: PROBE,
            steps,
            ..
        } if !steps.is_empty() => {
            format!("Note over {over_all}: probe: {}", answered(steps))
        }
        EventKind::Crashed
        | EventKind::LostPower
        | EventKind::Stopped
        | EventKind::Started { .. } => format!("Note over {host}: {text}"),
        _ => return message_line(record, event),
    };
    Some(line)
}

/// The statement for an event of a message; `None` if it is another event or concerns no step.
///
/// A solid arrow is a request, a dashed one a reply. A cross at the end means that it was lost.
fn message_line(record: &RunRecord, event: &Event) -> Option<String> {
    let line = match &event.kind {
        EventKind::Sent { to, steps, .. } if !steps.is_empty() => {
            format!("{}->>{}: {}", id(event.host), id(*to), requested(steps))
        }
        EventKind::Replied { message, steps, .. } if !steps.is_empty() => {
            let (from, to, _) = sent(record, *message)?;
            format!("{}-->>{}: {}", id(to), id(from), answered(steps))
        }
        EventKind::Lost { message, side } => {
            let (from, to, steps) = sent(record, *message)?;
            match side {
                Side::Before => format!("{}-x{}: lost: {}", id(from), id(to), requested(steps)),
                Side::After => format!(
                    "{}--x{}: reply lost: {}",
                    id(to),
                    id(from),
                    requested(steps)
                ),
            }
        }
        EventKind::Repeated { message, steps, .. } if !steps.is_empty() => {
            let (_, to, _) = sent(record, *message)?;
            format!("Note over {}: a copy: {}", id(to), answered(steps))
        }
        _ => return None,
    };
    Some(line)
}

/// A search through all events for each line. A diagram has at most a few hundred events, so no index is kept.
fn sent(record: &RunRecord, number: u64) -> Option<(Host, Host, &[StepNote])> {
    record.events.iter().find_map(|event| match &event.kind {
        EventKind::Sent {
            message, to, steps, ..
        } if *message == number => Some((event.host, *to, steps.as_slice())),
        _ => None,
    })
}

fn requested(steps: &[StepNote]) -> String {
    escaped(&phrases::steps(steps))
}

/// The replies to the steps of a message; a step without a reply is left out.
fn answered(steps: &[StepNote]) -> String {
    let each = steps.iter().filter_map(|note| note.reply.as_deref());
    escaped(&each.collect::<Vec<_>>().join(", "))
}

/// The identifier of a participant in the diagram.
///
/// Mermaid accepts only plain identifiers, so every other character is replaced. The name that readers see is set by
/// `participant … as`.
fn id(host: Host) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() { c } else { '_' };
    host.to_string().chars().map(plain).collect()
}

/// Text that cannot end its statement, begin another one or be markup.
fn escaped(text: &str) -> String {
    let shown = visible(text);
    let mut safe = String::new();
    for character in shown.chars().take(CHARACTERS_MAX) {
        match character {
            c if c.is_alphanumeric() => safe.push(c),
            ' ' | ',' | '.' | '-' | '/' | '(' | ')' | '→' | '“' | '”' | '…' | '×' => {
                safe.push(character);
            }
            c => {
                let _ = write!(safe, "#{};", u32::from(c));
            }
        }
    }
    if shown.chars().nth(CHARACTERS_MAX).is_some() {
        safe.push('…');
    }
    match safe.trim().is_empty() {
        // A statement must not have an empty text.
        true => "…".to_owned(),
        false => safe,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples::records;

    #[test]
    fn a_probe_is_a_note_over_all_hosts() {
        let diagram = mermaid(&records::probed());
        let probe = "  Note over clients,till: probe: done";
        assert!(diagram.lines().any(|line| line == probe), "{diagram}");
    }

    #[test]
    fn an_order_that_is_compensated_twice() {
        insta::assert_snapshot!(mermaid(&records::red()));
    }

    /// After the character references are removed, nothing may be left that Mermaid or a browser would act on.
    #[test]
    fn text_is_one_statement_without_markup() {
        for hostile in [
            "a;b",
            "a\nend",
            "<b>x</b>",
            "%%{init}%%",
            "a#b",
            "a:b",
            "`x`",
            "\"x\"",
        ] {
            let safe = escaped(hostile);
            let mut rest = safe.as_str();
            while let Some((before, after)) = rest.split_once('#') {
                let (number, tail) = after.split_once(';').unwrap();
                assert!(number.parse::<u32>().is_ok(), "{safe}");
                assert!(!before.contains(';'), "{safe}");
                rest = tail;
            }
            assert!(
                !rest.contains([';', '<', '>', '%', ':', '`', '\n', '"']),
                "{safe}"
            );
        }
        assert_eq!(escaped(""), "…");
    }

    #[test]
    fn the_end_of_a_long_run_is_drawn_and_the_rest_is_counted() {
        let mut record = records::red();
        let sent = record
            .events
            .iter()
            .position(|event| matches!(event.kind, EventKind::Sent { .. }));
        let sent = sent.unwrap();
        let one = record.events[sent].clone();
        let more = vec![one; 200];
        record.events.splice(sent..sent, more);
        record.violations.iter_mut().for_each(|it| it.event += 200);
        let text = mermaid(&record);
        assert!(text.contains("earlier lines are omitted"), "{text}");
        assert!(text.lines().count() < LINES_MAX + 10);
        assert!(text.contains("✕"), "{text}");
    }
}
