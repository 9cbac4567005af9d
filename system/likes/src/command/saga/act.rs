//! The actions: show what would happen, ask, and do it to exactly the saga that was shown.

use std::{
    fmt::Write,
    io::{self, BufRead},
};

use axum::http::StatusCode;
use serde_json::Value;

use super::{
    client::{AdminClient, Answer, Asked, DRY_RUN, SAGAS, tree},
    options::ActOptions,
    show::{believed, stored},
    stop::Stop,
    text::{add, add_field, age, cause, lines, printable, status, table},
    view::{Detail, Done, Preview},
};

/// Takes an action, by its name in the API.
///
/// # Errors
/// [`Stop`]: it was refused, or its effect is unknown.
pub(super) async fn run(
    client: &mut AdminClient,
    action: &str,
    options: &ActOptions,
    json: bool,
) -> Result<(), Stop> {
    let saga = format!("{SAGAS}/{}", options.saga);
    let shown = client.read(&saga).await?;
    let before: Detail = shown.json()?;
    let etag = shown.etag.clone().ok_or_else(|| {
        Stop::unknown("the answer has no ETag: this is not the admin API, or a proxy removes it")
    })?;
    let path = format!("{saga}/{action}");
    let dry_run = format!("{path}{DRY_RUN}");
    let ask = |path| Asked {
        path,
        action: Some((&options.reason, &etag)),
    };
    let planned = unchanged(client.ask(ask(&dry_run)).await?, &before)?;
    let preview: Preview = planned.json()?;
    let plan = plan(action, options, &before, &preview);
    match (json, options.dry_run) {
        (true, true) => planned.print(),
        (true, false) => eprint!("{plan}"),
        (false, _) => print!("{plan}"),
    }
    if !preview.allowed {
        let why = preview
            .why
            .as_deref()
            .unwrap_or("the saga is in another state");
        return Err(Stop::refused(format!(
            "{} is not possible: {}. Nothing was done.",
            word(action),
            printable(why.trim_end_matches('.'))
        )));
    }
    if options.dry_run {
        return Ok(());
    }
    if !options.yes && !confirmed()? {
        return Err(Stop::refused("not confirmed. Nothing was done."));
    }
    let done = unchanged(client.ask(ask(&path)).await?, &before)?;
    match json {
        true => done.print(),
        false => print!("{}", report(action, &done.json()?)),
    }
    Ok(())
}

/// The name of an action on the command line.
fn word(action: &str) -> &str {
    match action {
        "force-complete" => "force",
        other => other,
    }
}

/// The answer, if the saga is still as it was shown.
///
/// # Errors
/// [`Stop`]: it has changed, with what, or the API refuses.
fn unchanged(answer: Answer, before: &Detail) -> Result<Answer, Stop> {
    if answer.status != StatusCode::PRECONDITION_FAILED {
        return answer.success();
    }
    let mut text = "the saga has changed since it was shown. Nothing was done.\n".to_owned();
    for change in changes(before, &detail_of(&answer)) {
        let _ = writeln!(text, "  {}", printable(&change));
    }
    text.push_str("Look at it again, and run the command again if it is still right.");
    Err(Stop::refused(text))
}

/// The saga in the body of a 412, which may be a problem with the saga as a member.
fn detail_of(answer: &Answer) -> Detail {
    let mut tree = tree(answer);
    let of_problem = ["saga", "detail"]
        .iter()
        .find(|name| tree[**name].is_object());
    let detail = match of_problem {
        Some(name) => tree[*name].take(),
        None => tree,
    };
    serde_json::from_value(detail).unwrap_or_default()
}

/// What differs between two looks at a saga.
fn changes(before: &Detail, after: &Detail) -> Vec<String> {
    let compare = |name: &str, old: String, new: String| {
        (old != new && !new.is_empty()).then(|| format!("{name}: {old} -> {new}"))
    };
    let (old, new) = (&before.saga, &after.saga);
    let mut changes: Vec<String> = [
        compare("status", status(old), status(new)),
        compare(
            "attempts",
            old.attempts.to_string(),
            new.attempts.to_string(),
        ),
        compare("cause", cause(old), cause(new)),
        compare("outcome", shown(&before.outcome), shown(&after.outcome)),
    ]
    .into_iter()
    .flatten()
    .collect();
    for (old, new) in before.steps.iter().zip(&after.steps) {
        let name = |what: &str| format!("{what} {}", new.name);
        changes.extend(compare(
            &name("log,"),
            believed(&old.believed),
            believed(&new.believed),
        ));
        changes.extend(compare(&name("service,"), stored(old), stored(new)));
    }
    if changes.is_empty() {
        changes.push("something that this list does not show".to_owned());
    }
    changes
}

fn shown(value: &Value) -> String {
    match value {
        Value::Null => "none".to_owned(),
        value => value.to_string(),
    }
}

/// What would happen.
fn plan(action: &str, options: &ActOptions, before: &Detail, preview: &Preview) -> String {
    let saga = &before.saga;
    let mut text = String::new();
    let (kind, subject) = (&saga.kind, saga.subject.as_deref().unwrap_or_default());
    let (status, age) = (status(saga), age(saga.age_seconds));
    add(&mut text, "", &cause(saga));
    text.push('\n');
    add_field(&mut text, word(action), &saga.id);
    add_field(
        &mut text,
        "what",
        &format!("{kind} {subject}, {status}, began {age} ago"),
    );
    add_field(&mut text, "reason", &options.reason);
    if !preview.allowed {
        return text;
    }
    if preview.messages.is_empty() {
        add_field(&mut text, "sends", "nothing");
    } else {
        let mut messages = table(&["SENDS", "STEP", "SERVICE"]);
        for message in &preview.messages {
            let step = name_of(before, &message.step);
            messages.add_row([
                printable(&message.op),
                printable(&step),
                printable(&message.service),
            ]);
        }
        text.push('\n');
        for line in lines(&messages) {
            let _ = writeln!(text, "{line}");
        }
        text.push('\n');
    }
    let end = match &preview.end_text {
        Some(why) if !why.is_empty() => format!("{}: {why}", preview.end),
        _ => preview.end.clone(),
    };
    add_field(&mut text, "end", &end);
    text
}

/// The name of a step that is given by its number, or its name.
fn name_of(before: &Detail, step: &Value) -> String {
    let number = step.as_u64();
    let named = before.steps.iter().find(|it| Some(it.step) == number);
    match (named, step.as_str()) {
        (Some(named), _) => format!("{} {}", named.step, named.name),
        (None, Some(name)) => name.to_owned(),
        (None, None) => step.to_string(),
    }
}

/// Asks whether to proceed. Anything but `y` or `yes` is no.
fn confirmed() -> Result<bool, Stop> {
    eprint!("Proceed? [y/N] ");
    let mut line = String::new();
    let read = io::stdin().lock().read_line(&mut line);
    read.map_err(|error| {
        Stop::usage(format!(
            "cannot read the answer: {error}. Nothing was done."
        ))
    })?;
    Ok(is_yes(&line))
}

fn is_yes(line: &str) -> bool {
    matches!(line.trim().to_ascii_lowercase().as_str(), "y" | "yes")
}

/// What was done.
fn report(action: &str, done: &Done) -> String {
    let mut text = String::new();
    let (word, number, saga) = (word(action), done.audit, &done.saga.saga);
    let what = format!("{word} is ordered and kept as entry {number} of the audit.");
    add(&mut text, "", &what);
    add_field(&mut text, "status", &status(saga));
    add_field(&mut text, "cause", &cause(saga));
    text
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use uuid::Uuid;

    use super::*;

    fn saga(status: &str, attempts: u64) -> Detail {
        let value = json!({
            "id": "019ac0de-0000-7000-8000-000000000001", "kind": "like", "subject": "7:1", "status": status,
            "attempts": attempts, "age_seconds": 60, "cause": { "kind": "no_reply", "text": "user does not answer." },
            "steps": [{ "step": 0, "name": "count", "believed": { "state": "done" } },
                      { "step": 1, "name": "record", "believed": { "state": "unknown", "attempts": attempts } }],
        });
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn a_plan_lists_the_requests_in_order_and_the_end() {
        let preview: Preview = serde_json::from_value(json!({
            "action": "abort", "allowed": true, "why": null,
            "messages": [{ "step": 1, "service": "user", "op": "seal" }, { "step": 0, "service": "article", "op": "undo" }],
            "end": "compensated", "end_text": "no effect of the saga is left",
        }))
        .unwrap();
        let options = ActOptions {
            saga: Uuid::nil(),
            reason: "user service is gone".to_owned(),
            yes: false,
            dry_run: true,
        };
        let text = plan("force-complete", &options, &saga("running", 3), &preview);
        let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
        let expected = "user does not answer. force 019ac0de-0000-7000-8000-000000000001 what like 7:1, running, began 1m ago \
                        reason user service is gone SENDS STEP SERVICE seal 1 record user undo 0 count article \
                        end compensated: no effect of the saga is left";
        assert_eq!(words, expected, "{text}");
        let wide = text.lines().find(|line| line.chars().count() > 80);
        assert_eq!(wide, None, "{text}");
    }

    #[test]
    fn a_saga_that_has_changed_is_compared_with_what_was_shown() {
        let before = saga("running", 3);
        for body in [
            json!({ "type": "/problems#changed", "status": 412, "saga": { "status": "compensating", "attempts": 4,
                    "steps": [{ "step": 0, "name": "count", "believed": { "state": "done" }, "barrier": { "state": "undone" } }] } }),
            json!({ "status": "compensating", "attempts": 4,
                    "steps": [{ "step": 0, "name": "count", "believed": { "state": "done" }, "barrier": { "state": "undone" } }] }),
        ] {
            let answer = Answer {
                status: StatusCode::PRECONDITION_FAILED,
                etag: None,
                body: body.to_string().into(),
            };
            let stop = unchanged(answer, &before).err().expect("it has changed");
            assert_eq!(stop.number(), 1);
            let text = stop.to_string();
            for part in [
                "status: running -> compensating",
                "attempts: 3 -> 4",
                "service, count: no row -> undone",
                "run the command again",
            ] {
                assert!(text.contains(part), "no '{part}' in {text}");
            }
        }
    }

    #[test]
    fn only_a_yes_is_a_yes() {
        for yes in ["y\n", "Yes\n", " y "] {
            assert!(is_yes(yes), "{yes:?}");
        }
        for no in ["", "\n", "n\n", "yep", "yes please"] {
            assert!(!is_yes(no), "{no:?}");
        }
    }
}
