//! A campaign's files on disk: where they lie, how they are written and read back.
//!
//! - [`CampaignArchive`] writes them. The rendered files (HTML, JUnit, Markdown, stories) are added by the renderers.
//! - [`RunNames`] names the runs.
//! - [`LoadedCampaign`] is what is read back: the report and the runs that it shows, with their events. Every
//!   renderer takes one, so a campaign that renders its own files and a later `cargo chaos report` give the same bytes.
//! - [`IndexEntry`] is a campaign in a few lines, for the index over many campaigns.
//! - [`SchemaDocument`] has the JSON Schemas of the files.

pub(crate) mod campaign_index;
mod index_entry;
pub(crate) mod layout;
mod loaded_campaign;
mod reader;
mod run_names;
mod schema;
pub(crate) mod writer;

pub use crate::analysis::{RunReference, RunRole};
pub(crate) use campaign_index::CampaignIndex;
pub use index_entry::{CampaignVerdict, IndexEntry};
pub use layout::{EVENTS, LATEST, RECORD, REPORT, plain_name};
pub use loaded_campaign::{LoadedCampaign, LoadedRun};
pub use reader::{ArchiveError, read_record, read_report};
pub use run_names::RunNames;
pub(crate) use run_names::seed_of_folder;
pub use schema::SchemaDocument;
pub use writer::{CampaignArchive, write_plan};
