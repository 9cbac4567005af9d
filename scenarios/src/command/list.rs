//! `list`: the catalogue, and the schemas of what is written.

use std::io::{self, Write};

use anyhow::{Context, Result};
use clap::{Args, builder::PossibleValuesParser};
use likewise_reports::schema::Document;
use likewise_sim::{catalogue, likes::invariants::PROPERTIES, plan::FaultKind, planted};

use crate::exit::Exit;

pub(super) const EXAMPLES: &str = "\
Examples:
  cargo chaos list
  cargo chaos replay NAME --story     runs a scenario or specimen it names
  cargo chaos list --schema report    the JSON Schema of `report.json`
  cargo chaos list --schema record    and of a run's record, with its events";

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Prints the JSON Schema of a campaign's report or of a run's record instead
    #[arg(long, value_name = "DOCUMENT", value_parser = PossibleValuesParser::new(Document::ALL.map(Document::name)))]
    schema: Option<String>,
}

/// Prints the catalogue, or a schema, on standard output.
pub(super) fn run(arguments: &Arguments) -> Result<Exit> {
    let mut stdout = io::stdout().lock();
    let is_wanted = |document: &Document| Some(document.name()) == arguments.schema.as_deref();
    let printed = match Document::ALL.into_iter().find(is_wanted) {
        Some(document) => stdout.write_all(document.schema().as_bytes()),
        None => print(&mut stdout),
    };
    match printed {
        // The reader has seen enough.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(Exit::Ok),
        other => other
            .map(|()| Exit::Ok)
            .context("cannot write to standard output"),
    }
}

fn print(to: &mut impl Write) -> io::Result<()> {
    let scenarios = catalogue::all().iter().map(|s| (s.name, s.about));
    section(to, "scenarios", scenarios)?;
    let faults = FaultKind::ALL
        .iter()
        .map(|kind| (kind.name(), kind.about()));
    section(to, "faults", faults)?;
    let properties = PROPERTIES.iter().map(|p| (p.name, p.about));
    section(to, "properties", properties)?;
    let specimens = planted::all().iter().map(|s| (s.name, s.about));
    section(to, "specimens", specimens)
}

fn section(
    to: &mut impl Write,
    title: &str,
    entries: impl Iterator<Item = (&'static str, &'static str)> + Clone,
) -> io::Result<()> {
    let width = entries
        .clone()
        .map(|(name, _)| name.len())
        .max()
        .unwrap_or(0);
    writeln!(to, "{title}")?;
    for (name, about) in entries {
        writeln!(to, "  {name:width$}  {about}")?;
    }
    Ok(())
}
