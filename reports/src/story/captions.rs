//! Every event of a run in a few words of its own, for tables: a story leaves out what does not matter to it.

use likewise_sim::record::{Event, EventKind, RunRecord};

use super::{
    Story, Telling,
    words::{answer, link},
};

/// One caption an event, in their order.
#[must_use]
pub fn captions(record: &RunRecord) -> Vec<String> {
    let mut story = Story::of(record);
    story.telling = Telling::Everything;
    let caption = |event: &Event| {
        story.remember(event);
        let told = match &event.kind {
            EventKind::Phase { name } => Some(phase(name)),
            EventKind::Committed { what, changes } => {
                let changes = story.rows.changes(changes);
                Some(match changes.is_empty() {
                    true => format!("commits {what}"),
                    false => format!("commits {what}: {}", changes.join("; ")),
                })
            }
            other => untold(&story, event).or_else(|| story.happening(event.host, other)),
        };
        told.unwrap_or_else(|| "something that has no words yet".to_owned())
    };
    record.events.iter().map(caption).collect()
}

fn phase(name: &str) -> String {
    match name {
        "setup" => "the world is set up",
        "faults" => "the users begin; faults strike from here on",
        "healed" => "everything heals",
        "probes" => "the checks ask their questions",
        "end" => "the end",
        other => other,
    }
    .to_owned()
}

/// What a story is silent about, or tells in more words than a row of a table has room for.
fn untold(story: &Story, event: &Event) -> Option<String> {
    let said = match &event.kind {
        EventKind::Started { incarnation: boot } => format!("starts (boot {boot})"),
        EventKind::Sent {
            message,
            to,
            path,
            steps,
            ..
        } if steps.is_empty() => {
            format!("→ {to} #{message} {path}")
        }
        EventKind::Sent { message, to, .. } => {
            format!("→ {to} #{message} {}", story.asked(*message))
        }
        EventKind::Arrived { message } => format!("#{message} arrives: {}", story.asked(*message)),
        EventKind::Answered { message, status } => format!("#{message} answered with {status}"),
        EventKind::Replied {
            message,
            status,
            steps,
        } => {
            format!("#{message} came back: {}", answer(*status, steps))
        }
        EventKind::Failed { message, why } => format!("#{message} failed: {why}"),
        EventKind::Repeated {
            message: 0,
            status,
            steps,
        } => {
            format!("a question of the checks: {}", answer(*status, steps))
        }
        EventKind::Repeated {
            message,
            status,
            steps,
        } => {
            format!(
                "#{message} delivered once more, to nobody: {}",
                answer(*status, steps)
            )
        }
        EventKind::RolledBack { what, why } => format!("rolls back {what}: {why}"),
        EventKind::Injected { what, .. } => what.clone(),
        EventKind::Violated { property, detail } => format!("{property}: {detail}"),
        EventKind::Partitioned { a, b, one_way } => {
            format!("{} are parted", link(*a, *b, *one_way))
        }
        _ => return None,
    };
    Some(said)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples;

    #[test]
    fn every_event_has_a_caption() {
        let record = samples::red();
        let captions = captions(&record);
        assert_eq!(captions.len(), record.events.len());
        assert!(
            captions.iter().all(|caption| !caption.contains("no words")),
            "{captions:?}"
        );
        insta::assert_snapshot!(captions.join("\n"));
    }
}
