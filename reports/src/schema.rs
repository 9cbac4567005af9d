//! The JSON Schemas of what is written for programs. They are made from the types, and kept in `schemas/` for whoever has
//! only the files.

use likewise_sim::record::RunRecord;
use schemars::schema_for;

use crate::report::SummaryLine;

/// A document that has a schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Document {
    /// `report.json`, and the last line of a campaign for programs.
    Report,
    /// A run's record. In `record.json` its events are missing: they are the lines of `events.jsonl`.
    Record,
}

impl Document {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Report, Self::Record];

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Report => "report",
            Self::Record => "record",
        }
    }

    /// Its schema, as text that ends with a line end.
    #[must_use]
    pub fn schema(self) -> String {
        let schema = match self {
            Self::Report => schema_for!(SummaryLine),
            Self::Record => schema_for!(RunRecord),
        };
        format!("{:#}\n", schema.as_value())
    }
}
