//! Whether terminal output has colours.

use std::{
    env,
    io::{self, IsTerminal},
};

use anstyle::AnsiColor;
use comfy_table::{Cell, CellAlignment, Table, presets};

/// Whether to use colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Styling {
    /// With colours.
    Colour,
    /// Without.
    Plain,
}

impl Styling {
    /// The styling for standard error: colours if it is a terminal and `NO_COLOR` is not set.
    ///
    /// An empty `NO_COLOR` counts as not set, as the convention says (no-color.org). Tables go to standard error, so
    /// standard output stays free for JSON.
    #[must_use]
    pub fn of_stderr() -> Self {
        let is_forbidden = env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        match io::stderr().is_terminal() && !is_forbidden {
            true => Self::Colour,
            false => Self::Plain,
        }
    }

    /// A text in bold and in a colour.
    pub(super) fn bold(self, text: &str, colour: AnsiColor) -> String {
        let style = colour.on_default().bold();
        match self {
            Self::Colour => format!("{style}{text}{style:#}"),
            Self::Plain => text.to_owned(),
        }
    }

    /// An empty table.
    pub(super) fn table(self) -> Table {
        let mut table = Table::new();
        table.load_preset(presets::UTF8_FULL_CONDENSED);
        match self {
            Self::Colour => table.enforce_styling(),
            Self::Plain => table.force_no_tty(),
        };
        table
    }
}

/// A table cell with a number.
pub(super) fn number(number: u64) -> Cell {
    Cell::new(number).set_alignment(CellAlignment::Right)
}
