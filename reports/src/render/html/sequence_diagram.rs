//! A short run as a sequence diagram in SVG. It needs no script, so it can be read, printed and copied.

use std::fmt::Write as _;

use likewise_world::{plan::Host, record::RunRecord};

use super::sequence_rows::{Row, hosts, rows};
use crate::text::html;

/// Rows that are drawn at most. The diagram says how many are hidden.
const ROWS_MAX: usize = 48;
const ROW_HEIGHT: usize = 24;
/// The upper end of the rows, below the hosts' names.
const ROWS_TOP: usize = 46;
/// The left end of the columns; the times are left of it.
const COLUMNS_LEFT: usize = 84;
const COLUMN_WIDTH: usize = 210;
/// The width of a character on average, a little more than it is.
const CHARACTER_WIDTH: usize = 6;
/// The room beside a note's dot.
const NOTE_GAP: usize = 9;

/// The diagram of a run as SVG; empty if there is nothing to draw.
pub(super) fn svg(record: &RunRecord) -> String {
    let hosts = hosts(record);
    let rows = rows(record, &hosts);
    if rows.is_empty() {
        return String::new();
    }
    // The violation comes last, so the end of a long run explains it best.
    let hidden = rows.len().saturating_sub(ROWS_MAX);
    let rows = &rows[hidden..];
    let columns_right = COLUMNS_LEFT + COLUMN_WIDTH * hosts.len();
    // The page scrolls a diagram that is wider than its window.
    let width = rows.iter().map(|(_, row)| right_end(row, columns_right));
    let width = width.fold(columns_right, usize::max);
    let height = ROWS_TOP + ROW_HEIGHT * rows.len() + 16;
    let mut svg = format!(
        r#"<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" role="img" aria-label="Sequence of messages">"#
    );
    columns(&mut svg, &hosts, height);
    if hidden > 0 {
        let _ = write!(
            svg,
            r#"<text class="faint" x="4" y="40">{hidden} earlier rows are hidden</text>"#
        );
    }
    for (index, (millis, row)) in rows.iter().enumerate() {
        let y = ROWS_TOP + ROW_HEIGHT * index + ROW_HEIGHT / 2;
        let _ = write!(
            svg,
            r#"<text class="faint" x="4" y="{}">{millis} ms</text>"#,
            y + 4
        );
        svg.push_str(&row_svg(row, y, (columns_right, width)));
    }
    svg + "</svg>"
}

/// The name and the line of each host.
fn columns(svg: &mut String, hosts: &[Host], height: usize) {
    for (column, host) in hosts.iter().enumerate() {
        let x = x_of(column);
        let _ = write!(
            svg,
            r#"<text class="host-name" x="{x}" y="18" text-anchor="middle">{host}</text><line class="life" x1="{x}" y1="28" x2="{x}" y2="{height}"/>"#
        );
    }
}

/// Classes carry the colours, so that the page's style can change them for a dark background and for print.
///
/// `right` is the right end of the columns, and of the whole diagram.
fn row_svg(row: &Row, y: usize, right: (usize, usize)) -> String {
    match row {
        Row::Arrow {
            from,
            to,
            class,
            text,
            is_lost,
        } => {
            let (x0, x1) = (x_of(*from), x_of(*to));
            let label = format!(
                r#"<text x="{}" y="{}" text-anchor="middle">{}</text>"#,
                usize::midpoint(x0, x1),
                y - 4,
                html(text)
            );
            match is_lost {
                true => lost_arrow(x0, x1, y, class) + &label,
                false => arrow(x0, x1, y, class) + &label,
            }
        }
        Row::Note { at, text } => note(*at, text, y, right.0),
        Row::Across { class, sign, text } => format!(
            r#"<rect class="{class}-band" x="{COLUMNS_LEFT}" y="{}" width="{}" height="{ROW_HEIGHT}"/><text class="{class}-sign" x="{}" y="{}">{sign} {}</text>"#,
            y - ROW_HEIGHT / 2,
            right.1 - COLUMNS_LEFT,
            COLUMNS_LEFT + 10,
            y + 4,
            html(text)
        ),
    }
}

/// A line with a head that points to the receiver, on either side.
fn arrow(x0: usize, x1: usize, y: usize, class: &str) -> String {
    let back = if x1 > x0 { x1 - 7 } else { x1 + 7 };
    format!(
        r#"<line class="{class}" x1="{x0}" y1="{y}" x2="{x1}" y2="{y}"/><path class="{class}" d="M{x1} {y}L{back} {}L{back} {}Z"/>"#,
        y - 4,
        y + 4
    )
}

/// An arrow that ends half-way with a cross.
///
/// How far a lost message came is unknown. Half-way is a convention, not a measurement.
fn lost_arrow(x0: usize, x1: usize, y: usize, class: &str) -> String {
    let end = usize::midpoint(x0, x1);
    format!(
        r#"<line class="{class}" x1="{x0}" y1="{y}" x2="{end}" y2="{y}"/><path class="{class}" d="M{} {}l8 8m0 -8l-8 8"/>"#,
        end - 4,
        y - 4
    )
}

/// A dot on the host's line, with its text beside it.
fn note(column: usize, text: &str, y: usize, columns_right: usize) -> String {
    let x = x_of(column);
    let (text_x, anchor) = match stands_left(x, text, columns_right) {
        true => (x - NOTE_GAP, "end"),
        false => (x + NOTE_GAP, "start"),
    };
    format!(
        r#"<circle class="commit" cx="{x}" cy="{y}" r="3.5"/><text x="{text_x}" y="{}" text-anchor="{anchor}">{}</text>"#,
        y + 4,
        html(text)
    )
}

/// Whether a note stands left of its host's line: it has room there, and none on the other side.
fn stands_left(x: usize, text: &str, columns_right: usize) -> bool {
    let needs = NOTE_GAP + width_of(text);
    x + needs > columns_right && COLUMNS_LEFT + needs <= x
}

/// The right end of a row's text. An arrow's text stands between its ends.
fn right_end(row: &Row, columns_right: usize) -> usize {
    match row {
        Row::Note { at, text } if !stands_left(x_of(*at), text, columns_right) => {
            x_of(*at) + 2 * NOTE_GAP + width_of(text)
        }
        // The text of a violation is bold.
        Row::Across { text, .. } => COLUMNS_LEFT + 4 * NOTE_GAP + width_of(text) * 7 / 6,
        Row::Note { .. } | Row::Arrow { .. } => 0,
    }
}

fn width_of(text: &str) -> usize {
    CHARACTER_WIDTH * text.chars().count()
}

fn x_of(column: usize) -> usize {
    COLUMNS_LEFT + COLUMN_WIDTH / 2 + COLUMN_WIDTH * column
}

#[cfg(test)]
mod tests {
    use super::*;

    const RIGHT: usize = COLUMNS_LEFT + 3 * COLUMN_WIDTH;

    fn end_of(at: usize, characters: usize) -> usize {
        let text = "x".repeat(characters);
        right_end(&Row::Note { at, text }, RIGHT)
    }

    #[test]
    fn a_note_stands_where_it_has_room_and_a_long_one_widens_the_diagram() {
        assert!(!stands_left(x_of(1), "short", RIGHT));
        assert!(end_of(1, 5) < RIGHT);
        assert!(stands_left(x_of(2), "a text that is longer", RIGHT));
        assert_eq!(end_of(2, 21), 0);
        assert!(!stands_left(x_of(1), &"x".repeat(90), RIGHT));
        assert!(end_of(1, 90) > RIGHT);
    }

    #[test]
    fn a_long_note_begins_at_its_dot() {
        let text = "x".repeat(90);
        let drawn = note(1, &text, 0, RIGHT);
        let start = format!(r#"x="{}" y="4" text-anchor="start""#, x_of(1) + NOTE_GAP);
        assert!(drawn.contains(&start), "{drawn}");
    }
}
