//! A batch of rows as one argument of a statement: column by column.
//!
//! On PostgreSQL each column is an array, which goes over the wire as it is; SQLite takes the rows
//! field by field (`sized.rs`). From JSON, both would make text of every field and read it again, which costs
//! them more than the insert.

use uuid::Uuid;

/// A batch; every column has one value a row.
#[derive(Debug, Clone, Default)]
pub struct Batch {
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

    /// Adds the columns of another batch of as many rows.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.columns.extend(other.columns);
        self
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

    /// Whether a statement for SQLite takes its rows by these names.
    pub(crate) fn fits(&self, statement: &str) -> bool {
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
    fn a_batch_fits_a_statement_that_names_its_columns_in_the_same_order() {
        let batch = Batch::default().ints("id", [1]).texts("title", [None]);
        assert!(batch.fits("WITH r (id, title) AS (VALUES $rows) SELECT"));
        assert!(!batch.fits("WITH r (title, id) AS (VALUES $rows) SELECT"));
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
