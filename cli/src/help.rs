//! Help that fits the terminal. clap wraps the descriptions of options; the texts after them, with examples and exit codes, have a
//! shape that its wrapping would destroy.

use clap::Command;
use textwrap::{Options, wrap};

/// The columns of a help that is not read on a terminal, and the most that it uses on a wide one: longer lines are hard to read.
const COLUMNS_MAX: usize = 100;
/// The fewest columns. Below them, words would have to be broken.
const COLUMNS_MIN: usize = 40;
/// The indentation of an explanation below its example.
const BELOW: &str = "      ";
/// The longest first column of a table, such as a list of exit codes. What is longer is an example.
const COLUMN_MAX: usize = 8;

/// The command with help that fits the terminal, its subcommands included.
#[must_use]
pub fn fitted(command: Command) -> Command {
    with_width(command, columns())
}

fn with_width(command: Command, columns: usize) -> Command {
    let command = command.term_width(columns);
    let mut built = command.clone();
    built.build();
    with_fitted_texts(command, &mut built, columns)
}

/// The lines in the help of a command and its subcommands that are wider than a terminal of so many columns, for tests. A line that
/// is one long word counts as narrow: nothing could break it.
#[must_use]
pub fn too_wide(command: Command, columns: usize) -> Vec<String> {
    let mut command = with_width(command, columns);
    command.build();
    let mut wide = Vec::new();
    collect_too_wide(&mut command, columns, &mut wide);
    wide
}

fn collect_too_wide(command: &mut Command, columns: usize, wide: &mut Vec<String>) {
    let help = command.render_long_help().to_string();
    let is_wide = |line: &&str| line.chars().count() > columns && line.trim().contains(' ');
    wide.extend(help.lines().filter(is_wide).map(str::to_owned));
    for subcommand in command.get_subcommands_mut() {
        collect_too_wide(subcommand, columns, wide);
    }
}

/// `built` is the same command with the names of all its parents, which its usage begins with.
fn with_fitted_texts(mut command: Command, built: &mut Command, columns: usize) -> Command {
    if let Some(usage) = fitted_usage(built, columns) {
        command = command.override_usage(usage);
    }
    if let Some(text) = command.get_after_help().map(ToString::to_string) {
        command = command.after_help(fit(&text, columns));
    }
    let names: Vec<String> = command
        .get_subcommands()
        .map(|it| it.get_name().to_owned())
        .collect();
    for name in names {
        if let Some(built) = built.find_subcommand_mut(&name) {
            command = command.mut_subcommand(name, |it| with_fitted_texts(it, built, columns));
        }
    }
    command
}

/// The usage in several lines, if it is too long for one. clap does not wrap it.
fn fitted_usage(built: &mut Command, columns: usize) -> Option<String> {
    const TITLE: &str = "Usage: ";
    let usage = built.render_usage().to_string();
    let is_wide = usage.lines().any(|line| line.chars().count() > columns);
    let lines = usage.trim_start_matches(TITLE).lines();
    let wrap = |line: &str| wrapped(line.trim(), "", BELOW, columns - TITLE.len());
    is_wide.then(|| lines.flat_map(wrap).collect::<Vec<_>>().join("\n"))
}

/// The columns of the terminal at standard output, or of the variable `COLUMNS`.
fn columns() -> usize {
    let of_terminal = terminal_size::terminal_size().map(|(width, _)| usize::from(width.0));
    let of_variable = || std::env::var("COLUMNS").ok()?.parse().ok();
    let columns = of_terminal.or_else(of_variable).unwrap_or(COLUMNS_MAX);
    columns.clamp(COLUMNS_MIN, COLUMNS_MAX)
}

/// The text in lines of at most so many columns, unless a single word is longer.
///
/// Lines without indentation are paragraphs and are filled anew. An indented line is an example or a row of a table, with its
/// explanation after two spaces: if both do not fit into one line, the explanation goes below the example, or stays in its column.
#[must_use]
pub fn fit(text: &str, columns: usize) -> String {
    let mut lines = Vec::new();
    let mut paragraph = String::new();
    for line in text.lines() {
        let is_prose = !line.is_empty() && !line.starts_with(' ');
        if is_prose {
            paragraph = [&paragraph, line].join(if paragraph.is_empty() { "" } else { " " });
            if !line.ends_with(':') {
                continue;
            }
        }
        lines.extend(wrapped(&std::mem::take(&mut paragraph), "", "", columns));
        if !is_prose {
            lines.extend(entry(line, columns));
        }
    }
    lines.extend(wrapped(&paragraph, "", "", columns));
    lines.join("\n")
}

/// The lines of an indented line.
fn entry(line: &str, columns: usize) -> Vec<String> {
    if line.chars().count() <= columns || line.trim().is_empty() {
        return vec![line.to_owned()];
    }
    let text = line.trim_start();
    let indent = &line[..line.len() - text.len()];
    if let Some(bullet) = text.strip_prefix("- ") {
        let rest = format!("{indent}  ");
        return wrapped(bullet, &format!("{indent}- "), &rest, columns);
    }
    let Some((first, about)) = text.split_once("  ") else {
        return wrapped(text, indent, &format!("{indent}    "), columns);
    };
    let about = about.trim_start();
    let start = line.len() - about.len();
    match first.len() <= COLUMN_MAX {
        true => wrapped(about, &line[..start], &" ".repeat(start), columns),
        false => {
            let mut lines = wrapped(first, indent, &format!("{indent}    "), columns);
            lines.extend(wrapped(about, BELOW, BELOW, columns));
            lines
        }
    }
}

/// The text in lines; none if it is empty. No word is broken.
fn wrapped(text: &str, first: &str, further: &str, columns: usize) -> Vec<String> {
    if text.is_empty() {
        return Vec::new();
    }
    let options = Options::new(columns)
        .initial_indent(first)
        .subsequent_indent(further)
        .break_words(false)
        .word_splitter(textwrap::WordSplitter::NoHyphenation)
        .word_separator(textwrap::WordSeparator::AsciiSpace);
    let lines = wrap(text, options);
    lines.into_iter().map(|line| line.into_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "\
Examples:
  program run --seeds 5     five seeds
  program run --seeds 50    fifty seeds, which take ten times as long

A paragraph that was filled
for another width.

Exit codes:
  0  every property held in every run of it
  - a point that is longer than a line";

    #[test]
    fn a_text_fits_a_narrow_terminal_and_keeps_its_shape() {
        let expected = "\
Examples:
  program run --seeds 5     five seeds
  program run --seeds 50
      fifty seeds, which take ten times
      as long

A paragraph that was filled for another
width.

Exit codes:
  0  every property held in every run of
     it
  - a point that is longer than a line";
        assert_eq!(fit(TEXT, 40), expected);
    }

    #[test]
    fn a_text_that_fits_stays_and_no_word_is_lost_at_any_width() {
        let words =
            |text: &str| -> Vec<String> { text.split_whitespace().map(str::to_owned).collect() };
        for columns in 20..120 {
            let fitted = fit(TEXT, columns);
            assert_eq!(words(&fitted), words(TEXT));
            let is_narrow = |line: &str| line.chars().count() <= columns;
            assert!(fitted.lines().all(is_narrow), "{columns}: {fitted}");
        }
        assert!(fit(TEXT, 100).contains("50    fifty seeds, which take ten times as long\n"));
    }

    #[test]
    fn the_help_of_subcommands_is_fitted_too() {
        let inner = Command::new("inner").after_help("word ".repeat(40));
        let many = ["one", "two", "three", "four", "five"];
        let inner = inner.args(many.map(|it| clap::Arg::new(it).long(it).required(true)));
        let all = Command::new("all").subcommand(inner);
        assert_eq!(too_wide(all.clone(), 40), Vec::<String>::new());
        let mut all = with_width(all, 40);
        all.build();
        let usage = all.find_subcommand_mut("inner").unwrap().render_usage();
        assert!(
            usage.to_string().starts_with("Usage: all inner "),
            "{usage}"
        );
    }
}
