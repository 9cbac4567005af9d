//! Markdown tables.

use std::fmt::Write as _;

/// A table of cells that are Markdown already. Only `|` must be escaped in them.
pub(super) fn table<const N: usize>(heading: [&str; N], rows: &[[String; N]]) -> String {
    let escaped = |cell: &str| cell.replace('|', "\\|");
    let heading = heading.map(escaped);
    let mut text = format!("| {} |\n|{}\n", heading.join(" | "), "---|".repeat(N));
    for row in rows {
        let cells = row.each_ref().map(|cell| escaped(cell));
        let _ = writeln!(text, "| {} |", cells.join(" | "));
    }
    text
}
