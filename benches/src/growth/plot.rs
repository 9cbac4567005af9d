//! The figures of growth as a drawing: four panels, over what is stored and over clients.

use anyhow::Result;
use indicatif::HumanCount;

use super::{Cell, Figures};
use crate::{
    chart::{self, Line, Panel},
    limit::median,
};

/// Panels beside each other.
const COLUMNS: usize = 2;

/// As SVG.
///
/// # Errors
/// The drawing failed.
pub(super) fn draw(figures: &Figures) -> Result<String> {
    let (sizes, clients) = (&figures.sizes, &figures.clients);
    chart::draw(
        &[
            panel("Likes a second, over likes stored", sizes, |cell| {
                median(&cell.likes_per_second)
            }),
            panel("Likes a second, over clients", clients, |cell| {
                median(&cell.likes_per_second)
            }),
            panel("CPU µs a like, over likes stored", sizes, |cell| {
                median(&cell.cpu_micros)
            }),
            panel("CPU µs a like, over clients", clients, |cell| {
                median(&cell.cpu_micros)
            }),
        ],
        COLUMNS,
    )
}

/// The places are evenly spaced: their steps are factors.
fn panel(title: &str, cells: &[Cell], value: impl Fn(&Cell) -> f64) -> Panel {
    Panel {
        title: title.to_owned(),
        places: cells
            .iter()
            .map(|cell| HumanCount(cell.of).to_string())
            .collect(),
        lines: vec![Line {
            name: "",
            values: cells.iter().map(value).collect(),
        }],
    }
}
