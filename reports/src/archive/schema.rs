//! The JSON Schemas of the files for programs. They are generated from the types and kept in `schemas/` for readers who
//! have only the files.

use likewise_search::incident::file::Incident;
use likewise_world::record::RunRecord;
use schemars::schema_for;

use crate::analysis::CampaignReport;

/// A document with a schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SchemaDocument {
    /// `report.json`, which is also the last line of a campaign's NDJSON output.
    Report,
    /// A run's record. In `record.json` the events are missing: they are the lines of `events.jsonl`.
    Record,
    /// An incident, as a coordinator exports it: the argument of `cargo chaos reproduce`.
    Incident,
}

impl SchemaDocument {
    /// All documents.
    pub const ALL: [Self; 3] = [Self::Report, Self::Record, Self::Incident];

    /// The document's name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Report => "report",
            Self::Record => "record",
            Self::Incident => "incident",
        }
    }

    /// The schema as text that ends with a newline.
    #[must_use]
    pub fn schema(self) -> String {
        let schema = match self {
            Self::Report => schema_for!(CampaignReport),
            Self::Record => schema_for!(RunRecord),
            Self::Incident => schema_for!(Incident),
        };
        format!("{:#}\n", schema.as_value())
    }
}
