//! What an action would do, as text.

use std::fmt::Write;

use serde_json::Value;

use super::{
    text::{add, add_field, age, cause, lines, printable, status, table},
    view::{Detail, Preview},
};

/// The saga, the requests that would be sent, and the end.
pub(super) fn plan(word: &str, reason: &str, before: &Detail, preview: &Preview) -> String {
    let saga = &before.saga;
    let mut text = String::new();
    let (kind, subject) = (&saga.kind, saga.subject.as_deref().unwrap_or_default());
    let (status, age) = (status(saga), age(saga.age_seconds));
    add(&mut text, "", &cause(saga));
    text.push('\n');
    add_field(&mut text, word, &saga.id);
    let what = format!("{kind} {subject}, {status}, began {age} ago");
    add_field(&mut text, "what", &what);
    add_field(&mut text, "reason", reason);
    if let Some(warning) = &preview.warning {
        add_field(&mut text, "WARNING", warning);
    }
    if preview.allowed {
        add_messages(&mut text, before, preview);
        add_field(&mut text, "end", &end(preview));
    }
    text
}

fn add_messages(text: &mut String, before: &Detail, preview: &Preview) {
    if preview.messages.is_empty() {
        add_field(text, "sends", "nothing");
        return;
    }
    let mut messages = table(&["SENDS", "STEP", "SERVICE"]);
    for message in &preview.messages {
        let step = name_of(before, &message.step);
        let cells = [&message.op, &step, &message.service];
        messages.add_row(cells.map(|cell| printable(cell)));
    }
    text.push('\n');
    for line in lines(&messages) {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{line}");
    }
    text.push('\n');
}

/// The end, as far as the rows tell.
fn end(preview: &Preview) -> String {
    match (preview.end.as_str(), preview.end_text.as_deref()) {
        (end, None | Some("")) => end.to_owned(),
        ("unknown", Some(text)) => text.to_owned(),
        (end, Some(text)) => format!("{end}: {text}"),
    }
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn saga() -> Detail {
        let value = json!({
            "id": "019ac0de-0000-7000-8000-000000000001", "kind": "like", "subject": "7:1", "status": "running",
            "age_seconds": 60, "cause": { "kind": "no_reply", "text": "user does not answer." },
            "steps": [{ "step": 0, "name": "count" }, { "step": 1, "name": "record" }],
        });
        serde_json::from_value(value).unwrap()
    }

    fn plan_of(preview: Value) -> String {
        let preview: Preview = serde_json::from_value(preview).unwrap();
        let text = plan("force", "user service is gone", &saga(), &preview);
        let wide = text.lines().find(|line| line.chars().count() > 80);
        assert_eq!(wide, None, "{text}");
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn a_plan_lists_the_requests_in_order_and_the_end() {
        let words = plan_of(json!({
            "action": "abort", "allowed": true, "why": null,
            "messages": [{ "step": 1, "service": "user", "op": "seal" }, { "step": 0, "service": "article", "op": "undo" }],
            "end": "compensated", "end_text": "no effect of the saga is left",
        }));
        let expected = "User does not answer. force 019ac0de-0000-7000-8000-000000000001 what like 7:1, running, began 1m ago \
                        reason user service is gone SENDS STEP SERVICE seal 1 record user undo 0 count article \
                        end compensated: no effect of the saga is left";
        assert_eq!(words, expected);
    }

    #[test]
    fn a_plan_without_requests_says_so_and_an_impossible_one_has_no_end() {
        let nothing = json!({ "allowed": true, "end": "unknown", "end_text": "nothing is sent until it is resumed" });
        let words = plan_of(nothing);
        let end = "sends nothing end nothing is sent until it is resumed";
        assert!(words.ends_with(end), "{words}");
        let impossible =
            plan_of(json!({ "allowed": false, "why": "it has ended", "end": "unknown" }));
        assert!(
            impossible.ends_with("reason user service is gone"),
            "{impossible}"
        );
    }
}
