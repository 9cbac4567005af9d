//! Two numbers that must meet, which a report plots over time.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::super::Word;

/// Two numbers that must meet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Plot {
    /// Its title.
    #[schemars(with = "String")]
    pub title: Word,
    /// What there is a pair of numbers for, without its number: *item*. Empty if there is only one pair of numbers.
    #[schemars(with = "String")]
    pub noun: Word,
    /// The two numbers.
    pub lines: [PlotLine; 2],
    /// The range that the answers to the clients allow, if it can be told from the operations.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allowed: Option<AllowedRange>,
}

/// A number that follows from the rows of one table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PlotLine {
    /// What the number is called.
    #[schemars(with = "String")]
    pub name: Word,
    /// The service with the table.
    #[schemars(with = "String")]
    pub service: Word,
    /// The table.
    #[schemars(with = "String")]
    pub table: Word,
    /// The column that says which pair of numbers a row counts for. Missing if there is only one pair.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub key: Option<Word>,
    /// The column whose values are added up. If there is one row for each key, that is its value. Missing if the rows are
    /// counted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub sum: Option<Word>,
}

/// Which range of a number the answers to the clients allow.
///
/// An operation makes an item present or absent. The number counts the present ones. While an operation is open, or its
/// outcome is unknown, its item may be either.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AllowedRange {
    /// The field of an operation with the key of the plot. Missing if the plot has no key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub key: Option<Word>,
    /// The fields of an operation that together name the item.
    #[schemars(with = "Vec<String>")]
    pub item: Vec<Word>,
    /// The field of an operation that says what it does.
    #[schemars(with = "String")]
    pub action: Word,
    /// The actions that make the item present.
    #[schemars(with = "Vec<String>")]
    pub present: Vec<Word>,
    /// The actions that make the item absent.
    #[schemars(with = "Vec<String>")]
    pub absent: Vec<Word>,
    /// The HTTP statuses that refuse an operation because the item is already as wanted.
    pub already: Vec<u16>,
}
