//! `list`: the catalogue.

use std::io::{self, Write};

use anyhow::{Context, Result};
use likewise_sim::{check::PROPERTIES, plan::FaultKind, scenario, specimen};

use crate::exit::Exit;

pub(super) const EXAMPLES: &str = "\
Examples:
  cargo chaos list
  cargo chaos replay NAME --story     runs a scenario or specimen it names";

/// Prints the catalogue on standard output.
pub(super) fn run() -> Result<Exit> {
    match print(&mut io::stdout().lock()) {
        // The reader has seen enough.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(Exit::Ok),
        other => other
            .map(|()| Exit::Ok)
            .context("cannot write to standard output"),
    }
}

fn print(to: &mut impl Write) -> io::Result<()> {
    let scenarios = scenario::all().iter().map(|s| (s.name, s.about));
    section(to, "scenarios", scenarios)?;
    let faults = FaultKind::ALL
        .iter()
        .map(|kind| (kind.name(), kind.about()));
    section(to, "faults", faults)?;
    let properties = PROPERTIES.iter().map(|p| (p.name, p.about));
    section(to, "properties", properties)?;
    let specimens = specimen::all().iter().map(|s| (s.name, s.about));
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
