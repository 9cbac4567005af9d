//! A batch of rows as one argument: a column an array on PostgreSQL, one JSON list on SQLite.
//!
//! Arrays go over the wire as they are. From JSON, PostgreSQL would make text of every field and
//! read it again, which costs it more than the insert.

use serde::{
    Serialize, Serializer,
    ser::{SerializeMap, SerializeSeq},
};
use uuid::Uuid;

/// A batch; every column has one value a row.
#[derive(Debug, Clone, Default)]
pub struct Batch {
    pub(super) columns: Vec<(&'static str, Column)>,
}

/// The values of a column.
#[derive(Debug, Clone)]
pub(super) enum Column {
    Ints(Vec<i64>),
    Texts(Vec<Option<String>>),
    Uuids(Vec<Uuid>),
}

impl Batch {
    /// Adds a column of whole numbers.
    #[must_use]
    pub fn ints(self, name: &'static str, values: impl IntoIterator<Item = i64>) -> Self {
        self.with(name, Column::Ints(values.into_iter().collect()))
    }

    /// Adds a column of text that may be missing.
    #[must_use]
    pub fn texts(
        self,
        name: &'static str,
        values: impl IntoIterator<Item = Option<String>>,
    ) -> Self {
        self.with(name, Column::Texts(values.into_iter().collect()))
    }

    /// Adds a column of identities.
    #[must_use]
    pub fn uuids(self, name: &'static str, values: impl IntoIterator<Item = Uuid>) -> Self {
        self.with(name, Column::Uuids(values.into_iter().collect()))
    }

    fn with(mut self, name: &'static str, column: Column) -> Self {
        self.columns.push((name, column));
        self
    }

    /// Whether it has no rows.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows() == 0
    }

    fn rows(&self) -> usize {
        self.columns.first().map_or(0, |(_, column)| column.len())
    }
}

impl Column {
    fn len(&self) -> usize {
        match self {
            Self::Ints(values) => values.len(),
            Self::Texts(values) => values.len(),
            Self::Uuids(values) => values.len(),
        }
    }
}

impl Serialize for Batch {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut rows = serializer.serialize_seq(Some(self.rows()))?;
        for row in 0..self.rows() {
            rows.serialize_element(&BatchRow { batch: self, row })?;
        }
        rows.end()
    }
}

struct BatchRow<'b> {
    batch: &'b Batch,
    row: usize,
}

impl Serialize for BatchRow<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_map(Some(self.batch.columns.len()))?;
        for (name, column) in &self.batch.columns {
            match column {
                Column::Ints(values) => fields.serialize_entry(name, &values[self.row])?,
                Column::Texts(values) => fields.serialize_entry(name, &values[self.row])?,
                Column::Uuids(values) => fields.serialize_entry(name, &values[self.row])?,
            }
        }
        fields.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn for_sqlite_a_batch_is_a_list_of_its_rows() {
        let batch = Batch::default()
            .ints("id", [1, 2])
            .texts("title", [Some("a\"b".to_owned()), None]);
        assert_eq!(
            serde_json::to_string(&batch).unwrap(),
            r#"[{"id":1,"title":"a\"b"},{"id":2,"title":null}]"#
        );
    }
}
