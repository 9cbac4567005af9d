//! How reports name what only one system has: its tables, rows and sagas, and the numbers that must meet.
//!
//! A system declares its labels once, and each record of a run holds them. So a report needs the record alone, and shows a
//! run in the words of the version that made it. A record without labels is shown in general words.
//!
//! - `template.rs` is a phrase with places for values, `plot.rs` two numbers that must meet.
//! - `problem.rs` finds what contradicts the system's tables.
//!
//! The tables that any system has (`barrier`, `sagas`, `shards`) have no labels: reports know them.

mod plot;
mod problem;
mod template;

pub use plot::{AllowedRange, Plot, PlotLine};
pub use problem::{LabelProblem, label_problem};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
pub use template::{Place, Shown, Template};

use super::Word;
use crate::plan::Name;

/// How reports name what only one system has.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Labels {
    /// Its tables. A table that is not listed is shown in general words.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tables: Vec<TableLabels>,
    /// Its kinds of sagas. A kind that is not listed is shown with all its arguments.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sagas: Vec<SagaLabels>,
    /// Numbers that must meet.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub plots: Vec<Plot>,
}

/// How reports name a table and its rows.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TableLabels {
    /// The service.
    #[schemars(with = "String")]
    pub service: Word,
    /// The name of the table.
    #[schemars(with = "String")]
    pub table: Word,
    /// What a reader calls it.
    #[schemars(with = "String")]
    pub title: Word,
    /// The columns that identify a row.
    #[schemars(with = "Vec<String>")]
    pub key: Vec<Word>,
    /// The columns that are shown, the most telling first. Without any, the table is not shown.
    #[schemars(with = "Vec<String>")]
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub columns: Vec<Word>,
    /// A row that was inserted. Missing: it is not told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub insert: Option<Template>,
    /// A row that was updated. Missing: it is not told. If it names values before the change, it is told only if one of
    /// them has changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub update: Option<Template>,
    /// A row that was deleted. Missing: it is not told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delete: Option<Template>,
    /// Whether its changes belong to the set-up of a run. They are no action of the system, and explain no failure.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_set_up: bool,
}

/// How reports name the sagas of one kind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SagaLabels {
    /// The kind.
    #[schemars(with = "String")]
    pub kind: Word,
    /// What such a saga is for, with places for its `kind` and for its arguments: `args.item`.
    pub purpose: Template,
    /// The same in a few characters.
    pub short: Template,
}

impl Labels {
    /// No labels.
    pub const NONE: Self = Self {
        tables: Vec::new(),
        sagas: Vec::new(),
        plots: Vec::new(),
    };

    /// The labels of a table, if it has any.
    #[must_use]
    pub fn table(&self, service: &str, table: &str) -> Option<&TableLabels> {
        let mut tables = self.tables.iter();
        tables.find(|it| it.service == service && it.table == table)
    }

    /// The labels of a kind of saga, if it has any.
    #[must_use]
    pub fn saga(&self, kind: &str) -> Option<&SagaLabels> {
        self.sagas.iter().find(|it| it.kind == kind)
    }
}

impl TableLabels {
    /// A table that is called by its name. Unless more is said, it is not shown and its changes are not told.
    #[must_use]
    pub fn of(service: Name, table: &'static str, key: &[&'static str]) -> Self {
        Self {
            service: service.text().into(),
            table: table.into(),
            title: table.into(),
            key: words(key),
            ..Self::default()
        }
    }

    /// A table with this title, of which these columns are shown.
    #[must_use]
    pub fn shown(self, title: &'static str, columns: &[&'static str]) -> Self {
        Self {
            title: title.into(),
            columns: words(columns),
            ..self
        }
    }

    /// A table whose inserted, updated and deleted rows are told like this.
    #[must_use]
    pub fn told(self, insert: &'static str, update: &'static str, delete: &'static str) -> Self {
        Self {
            insert: Some(Template::new(insert)),
            update: Some(Template::new(update)),
            delete: Some(Template::new(delete)),
            ..self
        }
    }

    /// A table that only the set-up changes.
    #[must_use]
    pub fn of_set_up(self) -> Self {
        Self {
            is_set_up: true,
            ..self
        }
    }
}

impl SagaLabels {
    /// Sagas of this kind, with what they are for and the same in a few characters.
    #[must_use]
    pub const fn of(kind: &'static str, purpose: &'static str, short: &'static str) -> Self {
        Self {
            kind: Word::Borrowed(kind),
            purpose: Template::new(purpose),
            short: Template::new(short),
        }
    }
}

impl PlotLine {
    /// The number of rows of a table.
    #[must_use]
    pub const fn count(name: &'static str, service: Name, table: &'static str) -> Self {
        Self {
            name: Word::Borrowed(name),
            service: Word::Borrowed(service.text()),
            table: Word::Borrowed(table),
            key: None,
            sum: None,
        }
    }

    /// The sum of a column instead of the number of rows.
    #[must_use]
    pub fn sum_of(self, column: &'static str) -> Self {
        Self {
            sum: Some(column.into()),
            ..self
        }
    }

    /// One number for each value of this column.
    #[must_use]
    pub fn for_each(self, column: &'static str) -> Self {
        Self {
            key: Some(column.into()),
            ..self
        }
    }
}

/// These words, as labels hold them.
pub(crate) fn words(texts: &[&'static str]) -> Vec<Word> {
    texts.iter().map(|text| Word::Borrowed(*text)).collect()
}
