//! The fault matrix as tables: kinds of faults by the outcomes of the affected sagas, and the same by injection point.

use std::collections::BTreeMap;

use likewise_world::{
    plan::{Family, FaultKind},
    record::Ending,
};

use crate::{
    analysis::{FaultTally, MatrixRow, Summary},
    units::grouped,
};

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
    /// The kind as one word, for the page's script.
    pub(super) kind: String,
    pub(super) name: &'static str,
    pub(super) about: &'static str,
    pub(super) fired: String,
    /// How many times plans contained it. More than `fired` if runs ended before it was due.
    pub(super) planned: String,
    /// Encounters with sagas: the sum of the cells.
    pub(super) met: String,
    pub(super) cells: Vec<Cell>,
}

/// The sums of all kinds of faults.
pub(super) struct Totals {
    pub(super) fired: String,
    pub(super) planned: String,
    pub(super) met: String,
    pub(super) cells: Vec<Cell>,
}

/// How often affected sagas had this outcome.
pub(super) struct Cell {
    pub(super) ending: String,
    pub(super) name: &'static str,
    /// Empty if none had.
    pub(super) count: String,
    /// The shade, from 1 to 4, by powers of ten; 0 for an empty cell.
    pub(super) level: u32,
}

/// One kind of fault at one kind of injection point.
pub(super) struct PointRow {
    pub(super) kind: String,
    pub(super) name: &'static str,
    pub(super) injection_point: String,
    pub(super) fired: String,
    pub(super) planned: String,
    /// Encounters with sagas: the sum of the cells.
    pub(super) met: String,
    pub(super) cells: Vec<Cell>,
}

/// The sentence above the table.
pub(super) fn lead(summary: &Summary) -> String {
    let kinds = summary.faults.len();
    format!(
        "{kinds} of {} kinds of faults. A number counts encounters: a fault that fires meets each saga of its message, or each that is open, and the column says how that saga ended. A fault that met none counts once, as no saga. The encounters of a row are the sum of its cells. A hatched cell is not covered. Press a cell to see its injection points.",
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

/// The rows by family. Families that no plan contained are omitted.
pub(super) fn families(summary: &Summary) -> Vec<FamilyRows> {
    let family = |family: Family| FamilyRows {
        name: family.name(),
        faults: faults(summary, family),
    };
    let mut families: Vec<FamilyRows> = Family::ALL.into_iter().map(family).collect();
    families.retain(|family| !family.faults.is_empty());
    families
}

/// A kind that no plan contained has no row: the campaign did not intend to cover it.
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
                fired: grouped(tally.fired),
                planned: grouped(tally.planned),
                met: grouped(endings.values().sum()),
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
        // 1 to 9, 10 to 99, 100 to 999, and more. Counts differ by orders of magnitude, so a linear scale would show
        // one dark cell.
        level: count.checked_ilog10().map_or(0, |tens| (tens + 1).min(4)),
    }
}

/// The rows by injection point, in the order of the kinds of faults.
pub(super) fn injection_points(summary: &Summary) -> Vec<PointRow> {
    summary.matrix.rows().iter().map(point_row).collect()
}

/// The sums of the rows.
pub(super) fn totals(summary: &Summary) -> Totals {
    let mut endings = BTreeMap::new();
    for row in summary.matrix.rows() {
        for (ending, count) in row.endings {
            *endings.entry(ending).or_default() += count;
        }
    }
    let sum = |of: fn(&FaultTally) -> u64| grouped(summary.faults.values().map(of).sum());
    Totals {
        fired: sum(|tally| tally.fired),
        planned: sum(|tally| tally.planned),
        met: grouped(endings.values().sum()),
        cells: Ending::ALL.map(|ending| cell(ending, &endings)).into(),
    }
}

fn point_row(row: &MatrixRow) -> PointRow {
    PointRow {
        kind: word(&row.kind),
        name: row.kind.name(),
        injection_point: row.injection_point.clone(),
        fired: grouped(row.fired),
        planned: grouped(row.planned),
        met: grouped(row.endings.values().sum()),
        cells: Ending::ALL.map(|ending| cell(ending, &row.endings)).into(),
    }
}

fn shown(count: u64) -> String {
    match count {
        0 => String::new(),
        count => grouped(count),
    }
}

/// The serialised name: without spaces, for attributes and scripts.
fn word(named: &impl serde::Serialize) -> String {
    let value = serde_json::to_value(named).unwrap_or_default();
    value.as_str().unwrap_or_default().to_owned()
}
