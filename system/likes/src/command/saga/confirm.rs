//! The question before an action.

use std::io::{self, BufRead, Write};

use super::{options::OrderOptions, stop::Stop};

/// Asks whether to proceed, unless the options say so. Anything but `y` or `yes` is no.
///
/// # Errors
/// [`Stop`]: the answer is no, or cannot be read.
pub(super) fn confirm(order: &OrderOptions) -> Result<(), Stop> {
    if order.yes {
        return Ok(());
    }
    let mut line = String::new();
    let asked = io::stdout().flush().and_then(|()| {
        eprint!("Proceed? [y/N] ");
        io::stdin().lock().read_line(&mut line)
    });
    match (asked, is_yes(&line)) {
        (Ok(_), true) => Ok(()),
        (Ok(_), false) => Err(Stop::refused("not confirmed. Nothing was done.")),
        (Err(error), _) => {
            let text = format!("cannot read the answer: {error}. Nothing was done.");
            Err(Stop::usage(text))
        }
    }
}

fn is_yes(line: &str) -> bool {
    matches!(line.trim().to_ascii_lowercase().as_str(), "y" | "yes")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_yes_is_a_yes() {
        for yes in ["y\n", "Yes\n", " y "] {
            assert!(is_yes(yes), "{yes:?}");
        }
        for no in ["", "\n", "n\n", "yep", "yes please"] {
            assert!(!is_yes(no), "{no:?}");
        }
    }
}
