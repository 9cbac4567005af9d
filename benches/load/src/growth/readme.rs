//! Writes the figures into `benches/README.md`, between two marks, and the chart next to it.

use std::{fs, path::Path};

use anyhow::{Context, Result};

use super::{figures::Figures, plot};

/// The text between these marks is replaced.
const BEGIN: &str = "<!-- growth: written by cargo load growth --write -->";
const END: &str = "<!-- growth: end -->";
const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

/// Writes both files.
///
/// # Errors
/// A file could not be read or written, or the page has no marks.
pub(super) fn write(figures: &Figures) -> Result<()> {
    let page = Path::new(FOLDER).join("README.md");
    let reading = || format!("reading {}", page.display());
    let text = fs::read_to_string(&page).with_context(reading)?;
    let between = format!(
        "\n{}\n![Likes per second and processor time per like, over stored likes and over clients](growth.svg)\n\n",
        figures.markdown()
    );
    let text =
        replaced(&text, &between).with_context(|| format!("{} has no marks", page.display()))?;
    fs::write(&page, text).with_context(|| format!("writing {}", page.display()))?;
    let drawing = Path::new(FOLDER).join("growth.svg");
    fs::write(&drawing, plot::draw(figures)?)
        .with_context(|| format!("writing {}", drawing.display()))
}

/// `None` if a mark is missing. The page is then left as it is.
fn replaced(text: &str, between: &str) -> Option<String> {
    let (before, rest) = text.split_once(BEGIN)?;
    let (_, after) = rest.split_once(END)?;
    Some(format!("{before}{BEGIN}\n{between}{END}{after}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Writing twice gives the same page, so a second measurement does not leave the first one behind.
    #[test]
    fn only_the_text_between_the_marks_is_replaced() {
        let text = format!("a\n{BEGIN}\nold\n{END}\nb\n");
        let once = replaced(&text, "new\n").unwrap();
        assert_eq!(once, format!("a\n{BEGIN}\nnew\n{END}\nb\n"));
        assert_eq!(replaced(&once, "new\n").unwrap(), once);
        assert_eq!(replaced("a\n", "new\n"), None);
    }

    #[test]
    fn the_page_has_its_marks() {
        let page = fs::read_to_string(Path::new(FOLDER).join("README.md")).unwrap();
        assert!(replaced(&page, "").is_some());
    }
}
