//! `likewise saga show`: the cause in one sentence, then both truths about each step, side by side. Or all of it as a file.

use std::{
    fs::OpenOptions,
    io::{self, Write},
    path::Path,
};

use serde_json::Value;

use super::{
    client::{AdminClient, Answer, SAGAS},
    options::ShowOptions,
    stop::Stop,
    text::{add, add_field, age, cause, lines, printable, status, table, time},
    view::{Actions, Believed, Detail, Possible, Step, Summary},
};

/// Prints a saga.
///
/// # Errors
/// [`Stop`].
pub(super) async fn run(
    client: &mut AdminClient,
    options: &ShowOptions,
    json: bool,
) -> Result<(), Stop> {
    client.prefer_leader().await?;
    if let Some(file) = &options.export {
        let path = format!("{SAGAS}/{}?export", options.saga);
        let answer = client.read(&path).await?;
        require_incident(&answer)?;
        return write(file, &answer.body);
    }
    let answer = client.read(&format!("{SAGAS}/{}", options.saga)).await?;
    match json {
        true => answer.print(),
        false => print!("{}", detail(&answer.json()?)),
    }
    Ok(())
}

/// A server that is older than the option answers as if it was not there.
fn require_incident(answer: &Answer) -> Result<(), Stop> {
    let document: Value = answer.json()?;
    match document["type"] == "incident" {
        true => Ok(()),
        false => Err(Stop::refused(
            "this coordinator is too old to export sagas. Nothing was written.",
        )),
    }
}

/// Writes a new file. An older one may be the only trace of another incident, so it is never replaced.
fn write(file: &Path, bytes: &[u8]) -> Result<(), Stop> {
    let written = match file.as_os_str() == "-" {
        true => io::stdout().lock().write_all(bytes),
        false => OpenOptions::new()
            .write(true)
            .create_new(true)
            .open(file)
            .and_then(|mut file| file.write_all(bytes)),
    };
    written.map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists => Stop::usage(format!(
            "{} exists and is kept: name another file with --export. Nothing was written.",
            file.display()
        )),
        _ => Stop::usage(format!("cannot write to {}: {error}", file.display())),
    })
}

/// The text of a saga.
pub(super) fn detail(detail: &Detail) -> String {
    let mut text = String::new();
    add(&mut text, "", &cause(&detail.saga));
    text.push('\n');
    add_summary(&mut text, &detail.saga);
    if detail.args != Value::Null {
        add_field(&mut text, "arguments", &detail.args.to_string());
    }
    match (&detail.outcome_text, &detail.outcome) {
        (Some(words), _) => add_field(&mut text, "outcome", words),
        (None, Value::Null) => {}
        (None, outcome) => add_field(&mut text, "outcome", &outcome.to_string()),
    }
    if let Some(epoch) = detail.epoch {
        add_field(&mut text, "epoch", &epoch.to_string());
    }
    if !detail.steps.is_empty() {
        text.push('\n');
        for line in lines(&steps(&detail.steps)) {
            text.push_str(&line);
            text.push('\n');
        }
    }
    text.push('\n');
    add_field(
        &mut text,
        "verdict",
        verdict(&detail.verdict, detail.saga.paused),
    );
    add_actions(&mut text, &detail.actions);
    text
}

fn add_summary(text: &mut String, saga: &Summary) {
    let what = match &saga.subject {
        Some(subject) => format!("{} {subject}", saga.kind),
        None => saga.kind.clone(),
    };
    let began = saga.created_at.as_deref().map(time).unwrap_or_default();
    let mut fields = vec![
        ("saga", saga.id.clone()),
        ("what", what),
        ("status", status(saga)),
        ("began", format!("{began}, {} ago", age(saga.age_seconds))),
    ];
    let deadline = saga.deadline_at.as_deref().map(time);
    fields.extend(deadline.map(|deadline| ("deadline", deadline)));
    if saga.attempts > 0 {
        let next = saga.next_attempt_at.as_deref().map(time);
        let next = next.map_or(String::new(), |next| format!(", the next at {next}"));
        fields.push(("failed", format!("{} in a row{next}", saga.attempts)));
    }
    fields.extend(saga.last_error.clone().map(|error| ("last error", error)));
    for (name, value) in fields {
        add_field(text, name, &value);
    }
}

fn steps(steps: &[Step]) -> comfy_table::Table {
    let mut table = table(&[
        "",
        "STEP",
        "SERVICE",
        "LOG BELIEVES",
        "SERVICE HAS",
        "VERDICT",
    ]);
    for step in steps {
        table.add_row([
            step.step.to_string(),
            printable(&step.name),
            printable(&step.service),
            printable(&believed(step)),
            printable(&stored(step)),
            printable(&step.verdict.replace('_', " ")),
        ]);
    }
    table
}

/// What the log's leader believes, for example `unknown, 12 sent in all`.
pub(super) fn believed(step: &Step) -> String {
    let Believed {
        state,
        code,
        attempts,
        undo_attempts,
    } = &step.believed;
    let mut text = match step.never_sent {
        true => "not sent".to_owned(),
        false => state.clone(),
    };
    if let Some(code) = code {
        text = format!("{text}: {code}");
    }
    for (count, what) in [(*attempts, "sent"), (*undo_attempts, "undo sent")] {
        if count > 0 {
            text = format!("{text}, {count} {what} in all");
        }
    }
    text
}

/// What the service has stored, for example `done` or `no row`.
pub(super) fn stored(step: &Step) -> String {
    match (&step.barrier, &step.barrier_error) {
        (_, Some(error)) => format!("not read: {error}"),
        (None, None) => "no row".to_owned(),
        (Some(row), None) => {
            let code = row.result.as_deref().filter(|_| row.state == "refused");
            let code = code.map_or(String::new(), |code| format!(": {code}"));
            let below = match row.below_watermark {
                true => ", below the watermark",
                false => "",
            };
            format!("{}{code}{below}", row.state)
        }
    }
}

/// What a verdict means.
fn verdict(verdict: &str, is_paused: bool) -> &str {
    match verdict {
        "agree" => "agree: the log and the services say the same.",
        "in_doubt" if is_paused => {
            "in doubt: a step is not answered, or a row could not be read. While it is paused nothing is sent that would settle it."
        }
        "in_doubt" => {
            "in doubt: a step is not answered, or a row could not be read. The next reply settles it."
        }
        "contradiction" => {
            "CONTRADICTION: no lost or late message explains the rows. A database was restored from an older copy or changed by hand, or this is a defect. Do not force or abort before you know which."
        }
        other => other,
    }
}

fn add_actions(text: &mut String, actions: &Actions) {
    let all = [
        ("retry", &actions.retry),
        ("abort", &actions.abort),
        ("force", &actions.force_complete),
        ("pause", &actions.pause),
        ("resume", &actions.resume),
    ];
    let possible = all
        .iter()
        .filter(|(_, it)| it.allowed)
        .map(|(name, _)| *name);
    let possible: Vec<&str> = possible.collect();
    let possible = match possible.is_empty() {
        true => "none".to_owned(),
        false => possible.join(", "),
    };
    add_field(text, "possible", &possible);
    // A saga that has ended has one reason against everything.
    if let [one] = reasons(&all)[..]
        && possible == "none"
    {
        return add_field(text, "", one);
    }
    for (name, Possible { allowed, why }) in all {
        if let (false, Some(why)) = (allowed, why) {
            add_field(text, "", &format!("not {name}: {why}"));
        }
    }
}

/// The different reasons against actions.
fn reasons<'a>(all: &[(&str, &'a Possible)]) -> Vec<&'a str> {
    let mut reasons: Vec<&str> = all.iter().filter_map(|(_, it)| it.why.as_deref()).collect();
    reasons.sort_unstable();
    reasons.dedup();
    reasons
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_saga_begins_with_its_cause_and_shows_both_truths_in_80_columns() {
        let step = |step: u64, name: &str, believed: Value, barrier: Value, error: Value| {
            json!({ "step": step, "name": name, "service": "user", "believed": believed, "barrier": barrier,
                    "barrier_error": error, "verdict": "in_doubt" })
        };
        let row = json!({ "state": "refused", "fingerprint": 1, "result": "user_blocked", "created_at": "x", "below_watermark": true });
        let shown: Detail = serde_json::from_value(json!({
            "id": "019ac0de-0000-7000-8000-000000000001", "kind": "like", "subject": "7:1", "status": "running",
            "parked": true, "paused": false, "directive": "abort", "age_seconds": 754, "attempts": 12,
            "created_at": "2026-11-30T20:00:00.000000Z", "deadline_at": "2026-11-30T20:00:05.000000Z",
            "cause": { "kind": "sealing", "text": "The abort waits for the user service: it has not sealed step 1." },
            "last_error": "the user service did not answer: connection refused",
            "args": { "article_id": 1 }, "epoch": 3, "verdict": "contradiction",
            "steps": [
                step(0, "count", json!({ "state": "done", "result": { "likes": 1 }, "attempts": 1 }), row, Value::Null),
                step(1, "record", json!({ "state": "refused", "code": "user_blocked", "undo_attempts": 2 }), Value::Null, Value::Null),
                step(2, "third", json!({ "state": "unknown", "attempts": 12 }), Value::Null, json!("the user service took longer than 2s")),
            ],
            "actions": { "retry": { "allowed": true, "why": null }, "abort": { "allowed": false, "why": "it is ordered already" } },
        }))
        .unwrap();
        let text = detail(&shown);
        assert!(
            text.starts_with("The abort waits for the user service"),
            "{text}"
        );
        let wide = text.lines().find(|line| line.chars().count() > 80);
        assert_eq!(wide, None, "{text}");
        let squeezed = text.split_whitespace().collect::<Vec<_>>().join(" ");
        for part in [
            "status running, abort ordered, parked",
            "began 2026-11-30 20:00:00Z, 12m 34s ago",
            "failed 12 in a row",
            "arguments {\"article_id\":1}",
            "LOG BELIEVES SERVICE HAS VERDICT",
            "done, 1 sent in all",
            "no row",
            "CONTRADICTION: no lost",
            "possible retry",
            "not abort: it is ordered already",
        ] {
            assert!(squeezed.contains(part), "no '{part}' in\n{text}");
        }
        let of_step = |index: usize| stored(&shown.steps[index]);
        assert_eq!(of_step(0), "refused: user_blocked, below the watermark");
        assert_eq!(of_step(1), "no row");
        assert_eq!(of_step(2), "not read: the user service took longer than 2s");
        assert_eq!(
            believed(&shown.steps[1]),
            "refused: user_blocked, 2 undo sent in all"
        );
    }
}
