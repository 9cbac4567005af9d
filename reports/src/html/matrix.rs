//! What was tried: kinds of faults by the outcomes of the sagas they met, and the same for every kind of place.

use std::collections::BTreeMap;

use likewise_sim::{
    plan::{Family, FaultKind},
    record::Ending,
};

use super::verdict::grouped;
use crate::{matrix::Place, summary::Summary};

/// A column.
pub(super) struct Heading {
    pub(super) name: &'static str,
}

/// The faults of one family.
pub(super) struct FamilyRows {
    pub(super) name: &'static str,
    pub(super) faults: Vec<FaultRow>,
}

/// One kind of fault.
pub(super) struct FaultRow {
    pub(super) kind: String,
    pub(super) name: &'static str,
    pub(super) about: &'static str,
    pub(super) struck: String,
    pub(super) planned: String,
    pub(super) cells: Vec<Cell>,
}

/// How often sagas that it met ended so; empty if none did.
pub(super) struct Cell {
    pub(super) ending: String,
    pub(super) name: &'static str,
    pub(super) count: String,
    /// From 1 to 4, by powers of ten.
    pub(super) level: u32,
}

/// One kind of fault at one kind of place.
pub(super) struct PlaceRow {
    pub(super) kind: String,
    pub(super) name: &'static str,
    pub(super) cut: String,
    pub(super) struck: String,
    pub(super) planned: String,
    /// The endings that occurred, for the filter.
    pub(super) endings: String,
    pub(super) cells: Vec<String>,
}

/// What the table shows.
pub(super) fn lead(summary: &Summary) -> String {
    let kinds = summary.faults.len();
    format!(
        "{kinds} of {} kinds of faults, and how the sagas ended that each of them met. A hatched cell was never seen; press a cell to see where it comes from.",
        FaultKind::ALL.len()
    )
}

/// The columns.
pub(super) fn headings() -> Vec<Heading> {
    let name = |ending: Ending| Heading {
        name: ending.name(),
    };
    Ending::ALL.into_iter().map(name).collect()
}

/// The rows by family; families of which no plan had a fault are left out.
pub(super) fn families(summary: &Summary) -> Vec<FamilyRows> {
    let family = |family: Family| FamilyRows {
        name: family.name(),
        faults: faults(summary, family),
    };
    let mut families: Vec<FamilyRows> = Family::ALL.into_iter().map(family).collect();
    families.retain(|family| !family.faults.is_empty());
    families
}

fn faults(summary: &Summary, family: Family) -> Vec<FaultRow> {
    let of_family = |kind: &&FaultKind| kind.family() == family;
    let planned = FaultKind::ALL.iter().filter(of_family);
    planned
        .filter_map(|kind| {
            let tally = summary.faults.get(kind)?;
            let endings = summary.matrix.endings(*kind);
            Some(FaultRow {
                kind: word(kind),
                name: kind.name(),
                about: kind.about(),
                struck: grouped(tally.struck),
                planned: grouped(tally.planned),
                cells: Ending::ALL.map(|ending| cell(ending, &endings)).into(),
            })
        })
        .collect()
}

fn cell(ending: Ending, endings: &BTreeMap<Ending, u64>) -> Cell {
    let count = endings.get(&ending).copied().unwrap_or(0);
    Cell {
        ending: word(&ending),
        name: ending.name(),
        count: shown(count),
        level: count.checked_ilog10().map_or(0, |tens| (tens + 1).min(4)),
    }
}

/// Every kind of place, in the order of the kinds.
pub(super) fn places(summary: &Summary) -> Vec<PlaceRow> {
    summary.matrix.places().iter().map(place).collect()
}

fn place(place: &Place) -> PlaceRow {
    let count = |ending: &Ending| place.endings.get(ending).copied().unwrap_or(0);
    let occurred = place.endings.keys().map(word).collect::<Vec<_>>();
    PlaceRow {
        kind: word(&place.kind),
        name: place.kind.name(),
        cut: place.cut.clone(),
        struck: grouped(place.struck),
        planned: grouped(place.planned),
        endings: occurred.join(" "),
        cells: Ending::ALL.iter().map(|e| shown(count(e))).collect(),
    }
}

fn shown(count: u64) -> String {
    match count {
        0 => String::new(),
        count => grouped(count),
    }
}

/// Its name in the record: without spaces, as attributes and scripts want it.
fn word(named: &impl serde::Serialize) -> String {
    let value = serde_json::to_value(named).unwrap_or_default();
    value.as_str().unwrap_or_default().to_owned()
}
