//! The values of a row as texts, for reports.

use std::borrow::Cow;

use super::{Row, SqlValue};

impl Row {
    /// The names of the columns, sorted.
    pub fn columns(&self) -> impl Iterator<Item = &str> {
        self.values().map(|(name, _)| name)
    }

    /// The value of a column as a text; empty for null. `None` if there is no such column.
    #[must_use]
    pub fn shown(&self, column: &str) -> Option<Cow<'_, str>> {
        Some(match self.value(column)? {
            SqlValue::Null => Cow::Borrowed(""),
            SqlValue::Integer(number) => Cow::Owned(number.to_string()),
            SqlValue::Text(text) => Cow::Borrowed(text),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_is_a_text() {
        let row: Row = r#"{"count":-3,"kept":null,"name":"pencil"}"#.parse().unwrap();
        let shown = |column: &str| row.shown(column).map(Cow::into_owned);
        let shown: Vec<Option<String>> = row.columns().chain(["other"]).map(shown).collect();
        let texts = [Some("-3"), Some(""), Some("pencil"), None];
        assert_eq!(shown, texts.map(|text| text.map(str::to_owned)));
    }
}
