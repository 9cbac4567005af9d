//! `likewise saga audit`: who did what, when and why.

use std::fmt::Write;

use serde_json::Value;

use super::{
    client::AdminClient,
    options::AuditOptions,
    query::{parameter, with_query},
    stop::Stop,
    text::{INDENT, TIED, add, printable, time},
    view::{AuditEntry, AuditPage},
};

/// The path of the audit.
const AUDIT: &str = "/admin/v1/audit";

/// Prints one page.
///
/// # Errors
/// [`Stop`].
pub(super) async fn run(
    client: &mut AdminClient,
    options: &AuditOptions,
    json: bool,
) -> Result<(), Stop> {
    let is_newest = options.after.is_none();
    let pairs = [
        ("saga", options.saga.map(|saga| saga.to_string())),
        ("after", options.after.map(|after| after.to_string())),
        ("newest", is_newest.then(|| "true".to_owned())),
        ("before", options.before.map(|before| before.to_string())),
        ("limit", Some(options.limit.to_string())),
    ];
    let answer = client.read(&with_query(AUDIT, &pairs)).await?;
    match json {
        true => answer.print(),
        false => print!("{}", page(&answer.json()?)),
    }
    Ok(())
}

/// The entries from the oldest to the newest, so that the newest is the last line of the terminal. A page that begins with the
/// newest has those before it as its next page.
fn page(page: &AuditPage) -> String {
    if page.entries.is_empty() {
        return "The audit has no entry that matches.\n".to_owned();
    }
    let mut text = String::new();
    let mut entries: Vec<&AuditEntry> = page.entries.iter().collect();
    entries.sort_by_key(|entry| entry.number);
    for entry in entries {
        add_entry(&mut text, entry);
    }
    let next = page.next.as_deref();
    let cursor = |name| next.and_then(|next| parameter(next, name));
    let more = match (cursor("after"), cursor("before")) {
        (Some(after), _) => format!("More: repeat the command with --after {after}"),
        (None, Some(before)) => format!("Older: repeat the command with --before {before}"),
        (None, None) => return text,
    };
    // Writing to a string cannot fail.
    let _ = writeln!(text, "\n{}", printable(&more));
    text
}

fn add_entry(text: &mut String, entry: &AuditEntry) {
    let AuditEntry {
        number,
        at,
        actor,
        action,
        scope,
        target,
        reason,
        ..
    } = entry;
    let what = format!(
        "{number}  {}  {actor}  {action}  {scope}{TIED}{target}",
        time(at)
    );
    add(text, "", &what);
    add(text, INDENT, reason);
    let changed = changed(&entry.before, &entry.after);
    if !changed.is_empty() {
        add(text, INDENT, &changed);
    }
    if !entry.batch.is_null() {
        add(text, INDENT, &format!("batch {}", state(&entry.batch)));
    }
}

/// What an action has changed, such as `paused: false -> true`.
fn changed(before: &Value, after: &Value) -> String {
    let change = |name: &str, (old, new): (&Value, &Value)| {
        (old != new).then(|| format!("{name}{} -> {}", state(old), state(new)))
    };
    let (Some(old), Some(new)) = (before.as_object(), after.as_object()) else {
        return change("", (before, after)).unwrap_or_default();
    };
    let field = |(name, new): (&String, &Value)| {
        let old = old.get(name).unwrap_or(&Value::Null);
        change(&format!("{name}: "), (old, new))
    };
    new.iter().filter_map(field).collect::<Vec<_>>().join(", ")
}

/// A value as the API shows it: a word, or a document.
fn state(value: &Value) -> String {
    match value {
        Value::Null => "none".to_owned(),
        Value::String(text) => text.clone(),
        value => value.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const ID: &str = "019ac0de-0000-7000-8000-000000000001";

    #[test]
    fn the_newest_entry_is_the_last_line_and_older_ones_are_a_page_before() {
        let entry = |number| json!({ "number": number, "at": "2026-11-30T20:00:00Z", "reason": format!("reason {number}") });
        let read =
            json!({ "entries": [entry(9), entry(8)], "next": "/admin/v1/audit?before=8&limit=2" });
        let text = page(&serde_json::from_value(read).unwrap());
        let at = |part: &str| {
            text.find(part)
                .unwrap_or_else(|| panic!("no {part}: {text}"))
        };
        assert!(at("reason 8") < at("reason 9"), "{text}");
        assert!(
            text.ends_with("Older: repeat the command with --before 8\n"),
            "{text}"
        );
    }

    #[test]
    fn an_entry_says_who_did_what_when_and_why() {
        let read: AuditPage = serde_json::from_value(json!({
            "entries": [{ "number": 12, "at": "2026-11-30T20:00:00.000000Z", "epoch": 3, "actor": "ann", "action": "abort",
                "scope": "saga", "target": ID, "reason": "user service is gone",
                "batch": null, "truth": {},
                "before": { "status": "running", "directive": null }, "after": { "status": "running", "directive": "abort" } }],
            "next": "/admin/v1/audit?after=12",
        }))
        .unwrap();
        let text = page(&read);
        assert!(text.contains(&format!("saga {ID}\n")), "{text}");
        let expected = "12  2026-11-30 20:00:00Z  ann  abort\n    saga 019ac0de-0000-7000-8000-000000000001\n    user service is gone\n    directive: none -> abort\n\nMore: repeat the command with --after 12\n";
        let words = |text: &str| {
            text.split_whitespace()
                .map(str::to_owned)
                .collect::<Vec<_>>()
        };
        assert_eq!(words(&text), words(expected), "{text}");
        assert!(
            text.lines().all(|line| line.chars().count() <= 80),
            "{text}"
        );
        assert_eq!(
            page(&AuditPage::default()),
            "The audit has no entry that matches.\n"
        );
    }
}
