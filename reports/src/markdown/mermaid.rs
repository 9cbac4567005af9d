//! A run as a Mermaid sequence diagram, which CI services draw in a summary.
//!
//! Mermaid's statements end at line ends and semicolons and its notes may hold markup: of a text only letters, digits
//! and a few marks are written as they are, the rest by number.

use std::{collections::BTreeSet, fmt::Write as _};

use likewise_sim::{
    plan::{Host, Side},
    record::{Event, EventKind, RunRecord, StepNote},
};

use super::text::visible;
use crate::story;

/// Lines of a diagram at most: what went wrong comes last, so the first ones are left out.
const LINES_MAX: usize = 60;
/// Characters of one text at most: longer ones make a diagram unreadably wide.
const CHARACTERS_MAX: usize = 110;

/// The diagram: from the first click to the violation, or to the healing.
pub(super) fn sequence(record: &RunRecord) -> String {
    let captions = story::captions(record);
    let told: Vec<(usize, &Event)> = told(record).collect();
    let hosts = hosts(&told);
    let Some((first, last)) = hosts.first().zip(hosts.last()) else {
        return "sequenceDiagram".to_owned();
    };
    let over_all = format!("{},{}", id(*first), id(*last));
    let lines: Vec<String> = told
        .iter()
        .filter_map(|(place, event)| line(record, event, &captions[*place], &over_all))
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
            "  Note over {over_all}: {hidden} earlier lines are left out"
        );
    }
    for line in &lines[hidden..] {
        let _ = writeln!(text, "  {line}");
    }
    text
}

/// The events between the first click and what went wrong.
fn told(record: &RunRecord) -> impl Iterator<Item = (usize, &Event)> {
    let phase = |wanted: &str| {
        let is_it =
            |event: &Event| matches!(&event.kind, EventKind::Phase { name } if name == wanted);
        record.events.iter().position(is_it)
    };
    let first = phase("faults").map_or(0, |place| place + 1);
    let violated = record.violations.first().map(|it| it.event + 2);
    let until = violated.or(phase("healed")).unwrap_or(record.events.len());
    let events = record.events.iter().enumerate();
    events.take(until.max(first)).skip(first)
}

fn hosts(told: &[(usize, &Event)]) -> Vec<Host> {
    let mut hosts = BTreeSet::new();
    for (_, event) in told {
        hosts.insert(event.host);
        if let EventKind::Sent { to, .. } = &event.kind {
            hosts.insert(*to);
        }
    }
    hosts.remove(&Host::Network);
    hosts.into_iter().collect()
}

/// One event; nothing, if it is of no weight.
fn line(record: &RunRecord, event: &Event, caption: &str, over_all: &str) -> Option<String> {
    let host = id(event.host);
    let said = escaped(caption);
    let line = match &event.kind {
        EventKind::Sent { to, steps, .. } if !steps.is_empty() => {
            format!("{host}->>{}: {}", id(*to), asked(steps))
        }
        EventKind::Replied { message, steps, .. } if !steps.is_empty() => {
            let (from, to, _) = sent(record, *message)?;
            format!("{}-->>{}: {}", id(to), id(from), answered(steps))
        }
        EventKind::Lost { message, side } => {
            let (from, to, steps) = sent(record, *message)?;
            match side {
                Side::Before => format!("{}-x{}: lost: {}", id(from), id(to), asked(steps)),
                Side::After => format!("{}--x{}: reply lost: {}", id(to), id(from), asked(steps)),
            }
        }
        EventKind::Repeated { message, steps, .. } if !steps.is_empty() => {
            let (_, to, _) = sent(record, *message)?;
            format!("Note over {}: a copy: {}", id(to), answered(steps))
        }
        EventKind::Committed { .. } => {
            let (_, changes) = caption.split_once(": ")?;
            format!("Note over {host}: {}", escaped(changes))
        }
        EventKind::Invoked { .. } | EventKind::Returned { .. } => {
            format!("Note over {host}: {said}")
        }
        EventKind::Injected { .. } => format!("Note over {over_all}: ⚡ {said}"),
        EventKind::Violated { .. } => format!("Note over {over_all}: ✕ {said}"),
        EventKind::Crashed
        | EventKind::LostPower
        | EventKind::Stopped
        | EventKind::Started { .. } => format!("Note over {host}: {said}"),
        _ => return None,
    };
    Some(line)
}

fn sent(record: &RunRecord, number: u64) -> Option<(Host, Host, &[StepNote])> {
    record.events.iter().find_map(|event| match &event.kind {
        EventKind::Sent {
            message, to, steps, ..
        } if *message == number => Some((event.host, *to, steps.as_slice())),
        _ => None,
    })
}

fn asked(steps: &[StepNote]) -> String {
    let each = steps.iter();
    let each = each.map(|note| format!("{} step {} of saga {}", note.op, note.step, note.saga));
    escaped(&each.collect::<Vec<_>>().join(", "))
}

fn answered(steps: &[StepNote]) -> String {
    let each = steps.iter().filter_map(|note| note.reply.as_deref());
    escaped(&each.collect::<Vec<_>>().join(", "))
}

/// A participant's name inside the diagram.
fn id(host: Host) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() { c } else { '_' };
    host.to_string().chars().map(plain).collect()
}

/// Text that cannot end its statement, begin another or be markup.
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
        // An empty text is no statement.
        true => "…".to_owned(),
        false => safe,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples;

    #[test]
    fn a_like_that_is_undone_twice() {
        insta::assert_snapshot!(sequence(&samples::red()));
    }

    #[test]
    fn text_is_one_statement_and_no_markup() {
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
    fn of_a_long_run_the_end_is_drawn_and_the_rest_is_counted() {
        let mut record = samples::red();
        let sent = record
            .events
            .iter()
            .position(|event| matches!(event.kind, EventKind::Sent { .. }));
        let sent = sent.unwrap();
        let one = record.events[sent].clone();
        let more = vec![one; 200];
        record.events.splice(sent..sent, more);
        record.violations.iter_mut().for_each(|it| it.event += 200);
        let text = sequence(&record);
        assert!(text.contains("earlier lines are left out"), "{text}");
        assert!(text.lines().count() < LINES_MAX + 10);
        assert!(text.contains("✕"), "{text}");
    }
}
