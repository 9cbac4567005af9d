//! A caption for every event of a run, for tables. A story omits the events that do not matter to it; a table may not.

use likewise_world::record::{Event, EventKind, PROBE, RunRecord};

use super::context::Context;
use crate::analysis::narrative::{
    phases::{END, FAULTS, HEALED, PROBES},
    phrases,
};

/// One caption for each event, in their order.
///
/// The events must be passed in order: a reply is described by the request that it answers, and a row by its value
/// before.
#[must_use]
pub fn captions(record: &RunRecord) -> Vec<String> {
    let mut context = Context::of(record);
    let caption = |event: &Event| {
        context.observe(event);
        let caption = match &event.kind {
            EventKind::Phase { name } => Some(phase(name)),
            EventKind::Committed { what, changes } => {
                let changes = context.rows.of_commit(event.host, changes);
                Some(match changes.is_empty() {
                    true => format!("commits {what}"),
                    false => format!("commits {what}: {}", changes.join("; ")),
                })
            }
            // The table's own caption first. Where it has none, the story's line serves both.
            other => table_caption(&context, event).or_else(|| context.line(event.host, other)),
        };
        caption.unwrap_or_else(|| "event without a caption".to_owned())
    };
    record.events.iter().map(caption).collect()
}

/// An unknown phase is named as it is: a record may be of a newer or an older version.
fn phase(name: &str) -> String {
    match name {
        "setup" => "setup",
        FAULTS => "clients start; faults may fire",
        HEALED => "all faults healed",
        PROBES => "final probes",
        END => "end",
        other => other,
    }
    .to_owned()
}

/// The caption of an event that a story omits, or describes at more length than a table row has room for.
fn table_caption(context: &Context, event: &Event) -> Option<String> {
    let caption = match &event.kind {
        EventKind::Started { incarnation: boot } => format!("starts (incarnation {boot})"),
        EventKind::RolledBack { what, why } => format!("rolls back {what}: {why}"),
        EventKind::Injected { what, .. } => what.clone(),
        EventKind::Violated { property, detail } => format!("{property}: {detail}"),
        EventKind::Partitioned { a, b, one_way } => {
            format!("{} are partitioned", phrases::link(*a, *b, *one_way))
        }
        other => return message_caption(context, other),
    };
    Some(caption)
}

/// The caption of an event of a message, with the message's number.
fn message_caption(context: &Context, kind: &EventKind) -> Option<String> {
    let caption = match kind {
        EventKind::Sent {
            message,
            to,
            path,
            steps,
            ..
        } => match steps.is_empty() {
            true => format!("→ {to} #{message} {path}"),
            false => format!("→ {to} #{message} {}", context.request(*message)),
        },
        EventKind::Arrived { message } => {
            format!("#{message} arrives: {}", context.request(*message))
        }
        EventKind::Answered { message, status } => format!("#{message} answered with {status}"),
        EventKind::Replied {
            message,
            status,
            steps,
        } => format!("#{message} replied: {}", phrases::reply(*status, steps)),
        EventKind::Failed { message, why } => format!("#{message} failed: {why}"),
        EventKind::Repeated {
            message,
            status,
            steps,
        } => match *message {
            PROBE => phrases::probe(*status, steps),
            _ => {
                let reply = phrases::reply(*status, steps);
                format!("#{message} delivered again, reply discarded: {reply}")
            }
        },
        _ => return None,
    };
    Some(caption)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples::records;

    #[test]
    fn a_probe_is_told_as_such() {
        let captions = captions(&records::probed());
        let expected = "probe: do step 1 of saga 1: done";
        assert!(captions.iter().any(|it| it == expected), "{captions:?}");
    }

    #[test]
    fn every_event_has_a_caption() {
        let record = records::red();
        let captions = captions(&record);
        assert_eq!(captions.len(), record.events.len());
        assert!(
            captions
                .iter()
                .all(|caption| !caption.contains("without a caption")),
            "{captions:?}"
        );
        insta::assert_snapshot!(captions.join("\n"));
    }
}
