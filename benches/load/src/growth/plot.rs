//! The figures of growth as a chart with four panels: over the stored likes and over the clients.

use anyhow::Result;
use indicatif::HumanCount;

use super::figures::{Cell, Figures};
use crate::{
    chart::{self, Line, Panel},
    statistics::median,
};

/// The number of panels in a row.
const COLUMNS: usize = 2;

/// Draws the chart as SVG.
///
/// # Errors
/// The drawing library failed.
pub(super) fn draw(figures: &Figures) -> Result<String> {
    let (sizes, clients) = (&figures.sizes, &figures.clients);
    chart::draw(
        &[
            panel(
                "Likes per second, over likes stored",
                ["likes stored", "per second"],
                sizes,
                |cell| median(&cell.likes_per_second),
            ),
            panel(
                "Likes per second, over clients",
                ["clients", "per second"],
                clients,
                |cell| median(&cell.likes_per_second),
            ),
            panel(
                "CPU µs per like, over likes stored",
                ["likes stored", "µs"],
                sizes,
                |cell| median(&cell.cpu_micros),
            ),
            panel(
                "CPU µs per like, over clients",
                ["clients", "µs"],
                clients,
                |cell| median(&cell.cpu_micros),
            ),
        ],
        COLUMNS,
    )
}

/// The ticks are evenly spaced although each is a multiple of the one before, so the x axis is logarithmic.
fn panel(
    title: &str,
    axes: [&'static str; 2],
    cells: &[Cell],
    value: impl Fn(&Cell) -> f64,
) -> Panel {
    Panel {
        title: title.to_owned(),
        axes,
        ticks: cells
            .iter()
            .map(|cell| HumanCount(cell.of).to_string())
            .collect(),
        lines: vec![Line {
            name: String::new(),
            values: cells.iter().map(value).collect(),
        }],
    }
}
