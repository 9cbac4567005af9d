//! The decisive moment: the first wrong change, with the transaction that made it and the message that caused it.

use likewise_world::{
    plan::{Host, Side},
    record::{EventKind, PROBE, RunRecord, StepNote},
};

use super::{
    messages::Asked,
    plain,
    scene::Scene,
    wrong_change::{WrongChange, is_law, lost},
};
use crate::analysis::narrative::phrases::{self, list};

/// Phrases that are told at most.
const PHRASES_MAX: usize = 3;

/// The moment, in one to three sentences.
pub(super) fn sentence(record: &RunRecord, change: &WrongChange, scene: &Scene<'_>) -> String {
    let at = format!("{} ms, event {}: ", scene.millis, change.event);
    let Some(event) = scene.event else {
        return format!("{at}the end of the run.");
    };
    let (what, cause) = match &event.kind {
        EventKind::Committed { what, .. } => (
            committed(event.host, what, scene),
            cause_of_commit(record, event.host, scene),
        ),
        kind => (other(record, event.host, kind), None),
    };
    let mut sentences = vec![format!("{at}{what}.")];
    sentences.extend(cause.map(|cause| plain::sentence(&cause)));
    if let Some(parted) = &change.parted {
        sentences.push(plain::sentence(&format!("from then on {parted}")));
    }
    let first = record.violations.first();
    if let Some(first) = first.filter(|first| is_law(&first.property)) {
        sentences.push(match first.event < change.event.saturating_sub(1) {
            true => format!("A check had noticed it before, at event {}: it tries each compensation once more in a savepoint.", first.event),
            false => "The check tried it there in a savepoint, which it rolls back.".to_owned(),
        });
    }
    if change.is_last {
        sentences.push("Nothing more was done for this saga.".to_owned());
    }
    sentences.join(" ")
}

/// An event as a clause.
pub(super) fn event_words(record: &RunRecord, place: usize) -> String {
    let scene = Scene::at(record, place);
    match scene.event.map(|event| (event.host, &event.kind)) {
        Some((host, EventKind::Committed { what, .. })) => committed(host, what, &scene),
        Some((host, kind)) => other(record, host, kind),
        None => "the end of the run".to_owned(),
    }
}

/// What a commit changed.
fn committed(host: Host, what: &str, scene: &Scene<'_>) -> String {
    let mut phrases = scene.effects.clone();
    phrases.extend(scene.log.iter().cloned());
    let told = &phrases[..phrases.len().min(PHRASES_MAX)];
    let rows = list(told, "nothing that is told");
    format!("the transaction “{what}” of {host} committed: {rows}")
}

/// The message that a commit answers, or the answer that it followed.
fn cause_of_commit(record: &RunRecord, host: Host, scene: &Scene<'_>) -> Option<String> {
    if scene.is_of_probes {
        return Some("the harness had asked for it, to see that repeats change nothing".to_owned());
    }
    let working = scene.messages.working_on(host);
    if let Some(asked) = working.last() {
        return asked
            .steps
            .first()
            .map(|step| asked_for(record, asked, step, scene));
    }
    let heard = *scene.heard.get(&host)?;
    match &record.events.get(heard)?.kind {
        EventKind::Replied {
            status,
            steps,
            message,
        } if !steps.is_empty() => Some(format!(
            "it followed the reply to message {message}: {}",
            phrases::reply(*status, steps)
        )),
        EventKind::Failed { message, why } => {
            let why = why.split(": ").next().unwrap_or(why);
            Some(format!("message {message} had failed before it: {why}"))
        }
        _ => None,
    }
}

/// A request for a step: who sent it, how often before, and why again.
fn asked_for(record: &RunRecord, asked: &Asked, step: &StepNote, scene: &Scene<'_>) -> String {
    let what = phrases::step(step);
    let (from, message) = (asked.from, asked.message);
    if asked.arrivals > 1 {
        return format!("a copy of message {message} of {from} arrived: {what}");
    }
    let earlier = scene.messages.earlier(step, message);
    let Some(before) = earlier.last() else {
        return format!("{from} had asked for it with message {message}: {what}");
    };
    let why = match lost(&record.events, before.message) {
        Some(Side::Before) => ": the request before was lost",
        Some(Side::After) => ": the reply before was lost",
        None => "",
    };
    format!("{from} had sent “{what}” again with message {message}{why}")
}

/// An event that is no commit.
fn other(record: &RunRecord, host: Host, kind: &EventKind) -> String {
    match kind {
        EventKind::Sent {
            to, steps, what, ..
        } => match steps.is_empty() {
            true => format!("{host} sent {what} to {to}"),
            false => format!("{host} asked {to} to {}", phrases::steps(steps)),
        },
        EventKind::Replied {
            status,
            steps,
            message,
        } => {
            let reply = phrases::reply(*status, steps);
            format!("{host} had the reply to message {message}: {reply}")
        }
        EventKind::Failed { message, why } => {
            let why = why.split(": ").next().unwrap_or(why);
            format!("message {message} of {host} failed: {why}")
        }
        EventKind::Returned {
            operation,
            outcome,
            status,
            ..
        } => {
            let what = record.captions.get(*operation);
            let what = what.map_or("an operation", String::as_str);
            format!(
                "“{what}” {} for its client",
                phrases::outcome(*outcome, *status)
            )
        }
        EventKind::Repeated {
            message: PROBE,
            status,
            steps,
        } => phrases::probe(*status, steps),
        EventKind::Repeated { status, steps, .. } => {
            format!("a copy was answered: {}", phrases::reply(*status, steps))
        }
        EventKind::Read { path, status } => {
            let path = plain::numbered(record, path);
            format!("{host} read {path}, and got {status}")
        }
        EventKind::Readiness { of, status, reason } => phrases::readiness(*of, *status, reason),
        EventKind::Arrived { message } => format!("message {message} arrived at {host}"),
        EventKind::Answered { message, status } => {
            format!("{host} answered message {message} with {status}")
        }
        EventKind::Started { .. } => format!("{host} started"),
        EventKind::Injected { what, .. } => format!("the fault “{what}” fired"),
        EventKind::Expired { what, .. } => format!("the fault “{what}” was over"),
        EventKind::Lost { message, side } => match side {
            Side::Before => format!("message {message} was lost"),
            Side::After => format!("the reply to message {message} was lost"),
        },
        EventKind::Crashed => format!("{host} crashed"),
        EventKind::RolledBack { what, .. } => format!("{host} rolled “{what}” back"),
        EventKind::Phase { .. } => "nothing was in progress any more".to_owned(),
        _ => format!("at {host}"),
    }
}
