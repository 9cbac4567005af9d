//! Many rows as one argument of a statement, column by column.
//!
//! On PostgreSQL each column is sent as an array. SQLite takes the rows field by field (`sqlite/texts.rs`). One JSON
//! document would be simpler, but both engines would parse every field of it, which costs more than the insert.

use uuid::Uuid;

/// A batch of rows. Every column has the same number of values.
///
/// # Examples
/// ```
/// use likewise_saga::store::Batch;
///
/// let articles = Batch::default()
///     .ints("id", [1, 2])
///     .texts("title", [Some("Sagas".to_owned()), None]);
/// assert!(!articles.is_empty());
/// ```
#[derive(Debug, Clone, Default)]
pub struct Batch {
    /// The name and the values of each column. The statement for SQLite names the columns in the same order.
    pub(crate) columns: Vec<(&'static str, Column)>,
}

/// The values of a column.
#[derive(Debug, Clone)]
pub(crate) enum Column {
    Ints(Vec<i64>),
    Texts(Vec<Option<String>>),
    Uuids(Vec<Uuid>),
}

impl Batch {
    /// Adds a column of integers.
    #[must_use]
    pub fn ints(self, name: &'static str, values: impl IntoIterator<Item = i64>) -> Self {
        self.with(name, Column::Ints(values.into_iter().collect()))
    }

    /// Adds a column of text that may be NULL.
    #[must_use]
    pub fn texts(
        self,
        name: &'static str,
        values: impl IntoIterator<Item = Option<String>>,
    ) -> Self {
        self.with(name, Column::Texts(values.into_iter().collect()))
    }

    /// Adds a column of UUIDs.
    #[must_use]
    pub fn uuids(self, name: &'static str, values: impl IntoIterator<Item = Uuid>) -> Self {
        self.with(name, Column::Uuids(values.into_iter().collect()))
    }

    /// Adds the columns of another batch with the same number of rows.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.columns.extend(other.columns);
        self
    }

    fn with(mut self, name: &'static str, column: Column) -> Self {
        self.columns.push((name, column));
        self
    }

    /// Whether the batch has no rows.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows() == 0
    }

    /// Whether a statement for SQLite names the same columns in the same order.
    pub(crate) fn matches_columns_of(&self, statement: &str) -> bool {
        let names: Vec<&str> = self.columns.iter().map(|(name, _)| *name).collect();
        statement.contains(&format!("({}) AS (VALUES $rows)", names.join(", ")))
    }

    pub(crate) fn rows(&self) -> usize {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_statement_must_name_the_columns_in_the_same_order() {
        let batch = Batch::default().ints("id", [1]).texts("title", [None]);
        assert!(batch.matches_columns_of("WITH r (id, title) AS (VALUES $rows) SELECT"));
        assert!(!batch.matches_columns_of("WITH r (title, id) AS (VALUES $rows) SELECT"));
    }

    #[test]
    fn a_batch_has_the_rows_of_its_columns() {
        assert!(Batch::default().is_empty());
        let titles = Batch::default().texts("title", [None, None]);
        let batch = Batch::default().ints("id", [1, 2]).and(titles);
        assert!(!batch.is_empty());
        assert_eq!((batch.rows(), batch.columns.len()), (2, 2));
    }
}
