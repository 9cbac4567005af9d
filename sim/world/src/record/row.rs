//! A row of a database in packed form. A run changes thousands of rows, and few of them are ever read as text.
//!
//! Packed rows keep a record small: the columns are stored once for each table, and a row is one allocation.

use std::{collections::BTreeMap, fmt, hash, str::FromStr, sync::Arc};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use serde_json::Value;

/// The value in one column of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SqlValue<'a> {
    /// No value.
    Null,
    /// An integer.
    Integer(i64),
    /// A text.
    Text(&'a str),
}

/// The columns of a row with their values. In a file it is one text: a JSON object with the columns sorted by name.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Row {
    /// Sorted by name. All rows of a table share them.
    columns: Arc<[String]>,
    /// The values one after another: a byte for the kind, then eight bytes for an integer, or four bytes for the length of
    /// a text and the text.
    packed: Box<[u8]>,
}

const NULL: u8 = 0;
const INTEGER: u8 = 1;
const TEXT: u8 = 2;

/// The value of a column in a file.
#[derive(Deserialize)]
#[serde(untagged)]
enum NumberOrText {
    Number(i64),
    Text(String),
}

/// A row has no such value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RowError {
    /// A column does not exist, or has another kind of value.
    #[error("there is no {kind} in a column '{column}'")]
    Value {
        /// What was looked for.
        kind: &'static str,
        /// The column.
        column: String,
    },
    /// The columns do not have the fields of a type.
    #[error("{0}")]
    Fields(String),
}

/// A text is not a row.
#[derive(Debug, thiserror::Error)]
#[error("not a row, which is a JSON object of numbers, texts and nulls: {0}")]
pub struct RowSyntaxError(#[from] serde_json::Error);

impl SqlValue<'_> {
    /// Appends the value to the packed values of a row.
    pub(crate) fn pack(self, packed: &mut Vec<u8>) {
        match self {
            Self::Null => packed.push(NULL),
            Self::Integer(number) => {
                packed.push(INTEGER);
                packed.extend(number.to_le_bytes());
            }
            Self::Text(text) => {
                // SQLite never hands over a text of 4 GiB or more.
                let len = u32::try_from(text.len()).unwrap_or(0);
                packed.push(TEXT);
                packed.extend(len.to_le_bytes());
                packed.extend(&text.as_bytes()[..len as usize]);
            }
        }
    }
}

impl Row {
    /// A row of these sorted columns, with the packed values.
    pub(crate) fn new(columns: &Arc<[String]>, packed: &[u8]) -> Self {
        debug_assert!(columns.is_sorted(), "files have them sorted");
        debug_assert_eq!(columns.len(), Packed(packed).count());
        Self {
            columns: Arc::clone(columns),
            packed: packed.into(),
        }
    }

    /// The integer in a column.
    ///
    /// # Errors
    /// [`RowError`]: the column does not exist or has another value.
    pub fn integer(&self, column: &str) -> Result<i64, RowError> {
        match self.value(column) {
            Some(SqlValue::Integer(number)) => Ok(number),
            _ => Err(RowError::new("number", column)),
        }
    }

    /// The text in a column.
    ///
    /// # Errors
    /// [`RowError`]: the column does not exist or has another value.
    pub fn text(&self, column: &str) -> Result<&str, RowError> {
        match self.value(column) {
            Some(SqlValue::Text(text)) => Ok(text),
            _ => Err(RowError::new("text", column)),
        }
    }

    /// The text in a column that may be null.
    ///
    /// # Errors
    /// [`RowError`]: the column does not exist or has another value.
    pub fn text_or_null(&self, column: &str) -> Result<Option<&str>, RowError> {
        match self.value(column) {
            Some(SqlValue::Null) => Ok(None),
            _ => self.text(column).map(Some),
        }
    }

    /// The parsed text in a column, such as an id.
    ///
    /// # Errors
    /// [`RowError`]: there is no text, or it cannot be parsed.
    pub fn parse<T: FromStr>(&self, column: &str) -> Result<T, RowError> {
        let text = self.text(column)?;
        text.parse()
            .map_err(|_| RowError::new("text that can be read", column))
    }

    /// The row as a type whose fields are columns. Columns that the type does not have are ignored.
    ///
    /// # Errors
    /// [`RowError`]: a field has no column, or another value.
    pub fn read<T: de::DeserializeOwned>(&self) -> Result<T, RowError> {
        let fields = serde_json::from_value(self.to_json());
        fields.map_err(|error| RowError::Fields(error.to_string()))
    }

    fn to_json(&self) -> Value {
        let json = |(column, value): (&str, SqlValue<'_>)| {
            let value = match value {
                SqlValue::Null => Value::Null,
                SqlValue::Integer(number) => number.into(),
                SqlValue::Text(text) => text.into(),
            };
            (column.to_owned(), value)
        };
        Value::Object(self.values().map(json).collect())
    }

    pub(super) fn value(&self, column: &str) -> Option<SqlValue<'_>> {
        let place = self.columns.iter().position(|name| name == column)?;
        Packed(&self.packed).nth(place)?.unpack()
    }

    /// The columns with their values, sorted by name.
    pub(super) fn values(&self) -> impl Iterator<Item = (&str, SqlValue<'_>)> {
        let values = Packed(&self.packed).map_while(PackedValue::unpack);
        self.columns.iter().map(String::as_str).zip(values)
    }
}

/// An iterator over packed values.
struct Packed<'a>(&'a [u8]);

/// The kind of a value, and its bytes.
struct PackedValue<'a>(u8, &'a [u8]);

impl<'a> Iterator for Packed<'a> {
    type Item = PackedValue<'a>;

    fn next(&mut self) -> Option<Self::Item> {
        let (kind, rest) = self.0.split_first()?;
        let (len, rest) = match *kind {
            INTEGER => (size_of::<i64>(), rest),
            TEXT => {
                let (len, rest) = rest.split_first_chunk()?;
                (u32::from_le_bytes(*len) as usize, rest)
            }
            _ => (0, rest),
        };
        let (value, rest) = rest.split_at_checked(len)?;
        self.0 = rest;
        Some(PackedValue(*kind, value))
    }
}

impl<'a> PackedValue<'a> {
    fn unpack(self) -> Option<SqlValue<'a>> {
        let Self(kind, value) = self;
        Some(match kind {
            INTEGER => SqlValue::Integer(i64::from_le_bytes(value.try_into().ok()?)),
            TEXT => SqlValue::Text(str::from_utf8(value).ok()?),
            _ => SqlValue::Null,
        })
    }
}

impl RowError {
    pub(crate) fn new(kind: &'static str, column: &str) -> Self {
        let column = column.to_owned();
        Self::Value { kind, column }
    }
}

/// The names of the columns are left out: they follow from the table.
impl hash::Hash for Row {
    fn hash<H: hash::Hasher>(&self, state: &mut H) {
        self.packed.hash(state);
    }
}

impl fmt::Debug for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.to_json().fmt(f)
    }
}

impl FromStr for Row {
    type Err = RowSyntaxError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let columns: BTreeMap<String, Option<NumberOrText>> = serde_json::from_str(text)?;
        let mut packed = Vec::new();
        for value in columns.values() {
            let value = match value {
                None => SqlValue::Null,
                Some(NumberOrText::Number(number)) => SqlValue::Integer(*number),
                Some(NumberOrText::Text(text)) => SqlValue::Text(text),
            };
            value.pack(&mut packed);
        }
        Ok(Self::new(&columns.into_keys().collect(), &packed))
    }
}

impl Serialize for Row {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Row {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = r#"{"count":-3,"kept":null,"name":"a \"b\""}"#;

    #[test]
    fn a_row_survives_its_text_form() {
        let row: Row = TEXT.parse().unwrap();
        assert_eq!(row.to_string(), TEXT);
        let file = serde_json::to_string(&row).unwrap();
        assert_eq!(file, serde_json::to_string(TEXT).unwrap());
        assert_eq!(serde_json::from_str::<Row>(&file).unwrap(), row);
        let columns: Arc<[String]> = ["count", "kept", "name"].map(str::to_owned).into();
        let mut packed = Vec::new();
        for value in [
            SqlValue::Integer(-3),
            SqlValue::Null,
            SqlValue::Text("a \"b\""),
        ] {
            value.pack(&mut packed);
        }
        assert_eq!(Row::new(&columns, &packed), row);
    }

    #[test]
    fn a_missing_value_is_an_error() {
        let row: Row = TEXT.parse().unwrap();
        assert_eq!(row.integer("count"), Ok(-3));
        assert_eq!(row.text("name"), Ok("a \"b\""));
        assert_eq!(row.text_or_null("kept"), Ok(None));
        assert_eq!(row.text_or_null("name"), Ok(Some("a \"b\"")));
        for nothing in [
            row.integer("name").err(),
            row.text("kept").err(),
            row.text_or_null("count").err(),
            row.parse::<i64>("name").err(),
        ] {
            assert!(nothing.unwrap().to_string().starts_with("there is no "));
        }
        for text in ["", "[1]", r#"{"a":1.5}"#, r#"{"a":[1]}"#] {
            assert!(text.parse::<Row>().is_err(), "{text}");
        }
    }
}
