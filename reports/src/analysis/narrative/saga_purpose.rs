//! What a saga is for, from its stored kind and arguments and the labels of the record.

use likewise_world::record::{Labels, Place, Row, Template};
use serde_json::Value;

/// What a saga is for: `order of customer 1 for item 1`. A kind without labels is told with all its arguments.
pub(super) fn purpose(labels: &Labels, row: &Row) -> String {
    let kind = kind(row);
    match labels.saga(kind) {
        Some(labels) => rendered(&labels.purpose, row),
        None => general(row),
    }
}

/// The same in a few characters. A kind without labels is told by its name.
pub(crate) fn short(labels: &Labels, row: &Row) -> String {
    let kind = kind(row);
    match labels.saga(kind) {
        Some(labels) => rendered(&labels.short, row),
        None => kind.to_owned(),
    }
}

fn rendered(template: &Template, row: &Row) -> String {
    let args = args(row);
    template.render(|Place { name, .. }| match name.strip_prefix("args.") {
        Some(name) => words(&args[name]),
        None => kind(row).to_owned(),
    })
}

fn general(row: &Row) -> String {
    let args = args(row);
    let each = args.as_object().into_iter().flatten();
    let each: Vec<String> = each
        .map(|(name, value)| format!("{name} {}", words(value)))
        .collect();
    match each.is_empty() {
        true => kind(row).to_owned(),
        false => format!("{} ({})", kind(row), each.join(", ")),
    }
}

fn words(value: &Value) -> String {
    match value {
        Value::Null => "–".to_owned(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

// A column that is missing or has another type reads as empty. Records come from files, and a caption must not make a whole
// report fail.
fn kind(row: &Row) -> &str {
    row.text("kind").unwrap_or_default()
}

fn args(row: &Row) -> Value {
    row.parse("args").unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples::labels::labels;

    #[test]
    fn a_saga_is_told_by_its_labels_or_with_its_arguments() {
        let args = r#"{"customer":7,"item":1}"#;
        let row = serde_json::json!({ "kind": "order", "args": args });
        let row: Row = row.to_string().parse().unwrap();
        assert_eq!(purpose(&labels(), &row), "order of customer 7 for item 1");
        assert_eq!(short(&labels(), &row), "order c7→i1");
        assert_eq!(purpose(&Labels::NONE, &row), "order (customer 7, item 1)");
        assert_eq!(short(&Labels::NONE, &row), "order");
        let torn: Row = r#"{"kind":"order","args":"{"}"#.parse().unwrap();
        assert_eq!(purpose(&labels(), &torn), "order of customer – for item –");
    }
}
