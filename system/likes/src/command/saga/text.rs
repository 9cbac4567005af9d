//! Text of 80 columns for a terminal. What a service or a client has written is shown without control characters: it must not
//! move the cursor of an operator.

use std::fmt::Write;

use comfy_table::{ContentArrangement, Table, presets};

use super::view::Summary;

/// The columns of a line.
pub(super) const COLUMNS: u16 = 80;
/// The indentation of the lines below a headline.
pub(super) const INDENT: &str = "    ";

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

/// A text without control characters.
pub(in crate::command) fn printable(text: &str) -> String {
    let shown = |c: char| if c.is_control() { ' ' } else { c };
    text.chars().map(shown).collect()
}

/// A table without borders whose cells are wrapped at 80 columns.
pub(super) fn table(header: &[&str]) -> Table {
    let mut table = Table::new();
    table
        .load_preset(presets::NOTHING)
        .set_content_arrangement(ContentArrangement::Dynamic)
        .force_no_tty()
        .set_width(COLUMNS)
        .set_header(header.to_vec());
    let last = header.len() - 1;
    for (number, column) in table.column_iter_mut().enumerate() {
        column.set_padding((0, if number == last { 0 } else { 2 }));
    }
    table
}

/// The lines of a table, without spaces at their ends.
pub(super) fn lines(table: &Table) -> Vec<String> {
    table
        .lines()
        .map(|line| line.trim_end().to_owned())
        .collect()
}

/// Adds a text in lines of 80 columns, each with this indentation.
pub(in crate::command) fn add(text: &mut String, indent: &str, paragraph: &str) {
    let columns = usize::from(COLUMNS) - indent.len();
    let paragraph = printable(paragraph);
    // An indented line would be taken for an example.
    for line in likewise_cli::fit(paragraph.trim(), columns).lines() {
        for part in parts(line, columns) {
            // Writing to a string cannot fail.
            let _ = writeln!(text, "{indent}{}", part.replace(TIED, " "));
        }
    }
}

/// A space at which no line is broken.
pub(super) const TIED: char = '\u{A0}';

/// The parts of a line that is one long word, such as a document: broken after a comma, or else a colon, so that an id stays
/// whole. Only a value that is itself too long is broken inside.
fn parts(line: &str, columns: usize) -> Vec<String> {
    let mut rest: Vec<char> = line.chars().collect();
    let mut parts = Vec::new();
    while rest.len() > columns {
        let last = |mark: char| rest[..columns].iter().rposition(|it| *it == mark);
        let end = last(',').or_else(|| last(':'));
        let more = rest.split_off(end.map_or(columns, |end| end + 1));
        parts.push(rest.into_iter().collect());
        rest = more;
    }
    parts.push(rest.into_iter().collect());
    parts
}

/// Adds a line `name  value`. The value is wrapped in its column.
pub(super) fn add_field(text: &mut String, name: &str, value: &str) {
    const NAME: usize = 12;
    let mut wrapped = String::new();
    add(&mut wrapped, &" ".repeat(NAME), value);
    let value = wrapped.get(NAME..).unwrap_or_default();
    let _ = writeln!(text, "{name:<NAME$}{}", value.trim_end());
}

/// A duration in its two largest units.
pub(super) fn age(seconds: u64) -> String {
    let two = |large, small, unit: [char; 2]| {
        let (whole, rest) = (seconds / large, seconds % large / small);
        match rest {
            0 => format!("{whole}{}", unit[0]),
            rest => format!("{whole}{} {rest}{}", unit[0], unit[1]),
        }
    };
    match seconds {
        0..MINUTE => format!("{seconds}s"),
        MINUTE..HOUR => two(MINUTE, 1, ['m', 's']),
        HOUR..DAY => two(HOUR, MINUTE, ['h', 'm']),
        _ => two(DAY, HOUR, ['d', 'h']),
    }
}

/// A time without its fraction of a second.
pub(super) fn time(text: &str) -> String {
    let short = text
        .split_once('.')
        .map(|(whole, _)| whole.replace('T', " "));
    printable(&short.map_or_else(|| text.to_owned(), |whole| format!("{whole}Z")))
}

/// The status of a saga, with what an operator or its failures have added.
pub(super) fn status(saga: &Summary) -> String {
    let mut words = vec![saga.status.clone()];
    if let Some(directive) = &saga.directive {
        words.push(match directive.as_str() {
            "abort" => "abort ordered".to_owned(),
            "force_complete" => "force ordered".to_owned(),
            other => other.to_owned(),
        });
    }
    let flags = [
        (saga.past_deadline, "past its deadline".to_owned()),
        (saga.parked, "parked".to_owned()),
        (saga.paused, paused(saga)),
    ];
    let set = flags.into_iter().filter(|(is, _)| *is);
    words.extend(set.map(|(_, word)| word));
    printable(&words.join(", "))
}

/// That it is paused. If not the saga itself is, what else.
fn paused(saga: &Summary) -> String {
    match saga.paused_by.as_deref() {
        None | Some("saga") => "paused".to_owned(),
        Some(by) => format!("paused ({by})"),
    }
}

/// What holds a saga up, in one sentence.
pub(super) fn cause(saga: &Summary) -> String {
    match (&saga.cause, saga.status.as_str()) {
        (Some(cause), _) if !cause.text.is_empty() => sentence(&cause.text),
        (Some(cause), _) => sentence(&format!("held up by: {}", cause.kind)),
        (None, "completed" | "compensated") => "It has ended.".to_owned(),
        (None, _) => "Nothing holds it up.".to_owned(),
    }
}

/// A text with a capital letter at its beginning and a full stop at its end.
fn sentence(text: &str) -> String {
    let mut rest = text.trim_end_matches('.').chars();
    let first = rest.next().map(char::to_uppercase);
    let first: String = first.into_iter().flatten().collect();
    format!("{first}{}.", rest.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_age_has_its_two_largest_units() {
        for (seconds, text) in [
            (0, "0s"),
            (59, "59s"),
            (60, "1m"),
            (61, "1m 1s"),
            (3_600, "1h"),
            (3_725, "1h 2m"),
            (90_000, "1d 1h"),
        ] {
            assert_eq!(age(seconds), text);
        }
    }

    #[test]
    fn a_text_of_a_service_cannot_move_the_cursor() {
        assert_eq!(printable("a\u{1b}[2Jb\nc"), "a [2Jb c");
        let mut text = String::new();
        add(&mut text, INDENT, "\u{1b}]0;x\u{7}connection refused");
        assert!(!text.contains('\u{1b}'), "{text:?}");
        assert!(text.starts_with("    ]0;x connection"), "{text:?}");
    }

    #[test]
    fn a_long_value_stays_in_its_column() {
        let mut text = String::new();
        add_field(&mut text, "arguments", &"ä".repeat(100));
        let widths: Vec<usize> = text.lines().map(|line| line.chars().count()).collect();
        assert_eq!(widths, [80, 44], "{text}");
        let id = "019ac0de-0000-7000-8000-000000000001";
        let mut text = String::new();
        let args = format!("{{\"article\":1,\"record\":\"{id}\",\"request\":\"{id}\",\"user\":7}}");
        add_field(&mut text, "arguments", &args);
        assert_eq!(text.matches(id).count(), 2, "{text}");
        let wide = text.lines().find(|line| line.chars().count() > 80);
        assert_eq!(wide, None, "{text}");
        let joined: String = text.lines().map(|line| &line[12..]).collect();
        assert_eq!(joined, args, "{text}");
        let mut text = String::new();
        add_field(&mut text, "last error", &"word ".repeat(40));
        let lines: Vec<&str> = text.lines().collect();
        assert!(
            lines.len() > 1 && lines.iter().all(|line| line.len() <= 80),
            "{text}"
        );
        assert!(lines[0].starts_with("last error  word"), "{text}");
        assert!(lines[1].starts_with("            word"), "{text}");
    }
}
