//! `list`: the catalogue, and the JSON Schemas of the files that a campaign writes.

use std::io::{self, Write};

use anyhow::{Context, Result};
use clap::{Args, builder::PossibleValuesParser};
use likewise_reports::archive::SchemaDocument;
use likewise_world::plan::FaultKind;

use crate::{exit::Exit, suite::Suite};

pub(super) const EXAMPLES: &str = "\
Examples:
  cargo chaos list
  cargo chaos replay NAME --story     runs one of the listed scenarios or planted bugs
  cargo chaos list --schema report    the JSON Schema of `report.json`
  cargo chaos list --schema record    the JSON Schema of the record of a run, with its events
  cargo chaos list --schema incident  the JSON Schema of what `reproduce` reads";

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Print the JSON Schema of a campaign's report, of the record of a run, or of an incident
    #[arg(long, value_name = "DOCUMENT", value_parser = PossibleValuesParser::new(SchemaDocument::ALL.map(SchemaDocument::name)))]
    schema: Option<String>,
}

/// Prints the catalogue or a schema on standard output.
///
/// The schemas are those in `schemas/`, which a test compares with the types.
pub(super) fn run(suite: &Suite, arguments: &Arguments) -> Result<Exit> {
    let mut stdout = io::stdout().lock();
    let is_wanted =
        |document: &SchemaDocument| Some(document.name()) == arguments.schema.as_deref();
    let printed = match SchemaDocument::ALL.into_iter().find(is_wanted) {
        Some(document) => stdout.write_all(document.schema().as_bytes()),
        None => print(suite, &mut stdout),
    };
    match printed {
        // The reader, such as `head`, has read enough.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(Exit::Ok),
        other => other
            .map(|()| Exit::Ok)
            .context("cannot write to standard output"),
    }
}

fn print(suite: &Suite, to: &mut impl Write) -> io::Result<()> {
    let scenarios = suite.scenarios.iter().map(|it| (it.name, it.about));
    section(to, "scenarios", scenarios)?;
    let faults = FaultKind::ALL
        .iter()
        .map(|kind| (kind.name(), kind.about()));
    section(to, "faults", faults)?;
    let properties = suite
        .system
        .properties()
        .into_iter()
        .map(|it| (it.name, it.about));
    section(to, "properties", properties)?;
    let planted_bugs = suite
        .system
        .planted_bugs()
        .iter()
        .map(|it| (it.name, it.about));
    section(to, "planted bugs", planted_bugs)
}

fn section(
    to: &mut impl Write,
    title: &str,
    entries: impl Iterator<Item = (&'static str, &'static str)> + Clone,
) -> io::Result<()> {
    let lengths = entries.clone().map(|(name, _)| name.len());
    let width = lengths.max().unwrap_or(0);
    writeln!(to, "{title}")?;
    for (name, about) in entries {
        writeln!(to, "  {name:width$}  {about}")?;
    }
    Ok(())
}
