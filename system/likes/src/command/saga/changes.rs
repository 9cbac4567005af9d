//! What has changed between two looks at a saga.

use serde_json::Value;

use super::{
    client::{Answer, tree},
    show::{believed, stored},
    text::{cause, status},
    view::Detail,
};

/// The saga in the body of a 412: a problem with the saga as a member, or the saga itself.
pub(super) fn detail_of(answer: &Answer) -> Detail {
    let mut tree = tree(answer);
    let detail = match tree["saga"].is_object() {
        true => tree["saga"].take(),
        false => tree,
    };
    serde_json::from_value(detail).unwrap_or_default()
}

/// What differs, one line each, at least one.
pub(super) fn changes(before: &Detail, after: &Detail) -> Vec<String> {
    let compare = |name: &str, old: String, new: String| {
        (old != new && !new.is_empty()).then(|| format!("{name}: {old} -> {new}"))
    };
    let (old, new) = (&before.saga, &after.saga);
    let epoch = |detail: &Detail| {
        detail
            .epoch
            .map_or(String::new(), |epoch| epoch.to_string())
    };
    let mut changes: Vec<String> = [
        compare("status", status(old), status(new)),
        compare("cause", cause(old), cause(new)),
        compare("outcome", shown(&before.outcome), shown(&after.outcome)),
        compare("epoch", epoch(before), epoch(after)),
    ]
    .into_iter()
    .flatten()
    .collect();
    for (old, new) in before.steps.iter().zip(&after.steps) {
        let name = |what: &str| format!("{what}, {}", new.name);
        let beliefs = (believed(old), believed(new));
        changes.extend(compare(&name("log"), beliefs.0, beliefs.1));
        changes.extend(compare(&name("service"), stored(old), stored(new)));
    }
    if changes.is_empty() {
        changes.push("something that is not shown here, such as the leader".to_owned());
    }
    changes
}

fn shown(value: &Value) -> String {
    match value {
        Value::Null => "none".to_owned(),
        value => value.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn each_thing_that_differs_has_a_line() {
        let detail = |status: &str, epoch: i64, believed: Value, row: Value| -> Detail {
            let step = json!({ "step": 0, "name": "count", "believed": believed, "barrier": row });
            let detail = json!({ "status": status, "epoch": epoch, "steps": [step] });
            serde_json::from_value(detail).unwrap()
        };
        let unknown = json!({ "state": "unknown", "attempts": 3 });
        let before = detail("running", 1, unknown.clone(), Value::Null);
        let done = json!({ "state": "done" });
        let after = detail("compensating", 2, done.clone(), done);
        let expected = [
            "status: running -> compensating",
            "epoch: 1 -> 2",
            "log, count: unknown, 3 sent in all -> done",
            "service, count: no row -> done",
        ];
        assert_eq!(changes(&before, &after), expected);
        let same = detail("running", 1, unknown, Value::Null);
        assert!(changes(&before, &same)[0].contains("not shown"));
    }
}
