//! Puts the figures where people read them: into `benches/README.md`, between two marks, and beside it as a drawing.

use std::{fs, path::Path};

use anyhow::{Context, Result};

use super::{Figures, plot};

/// What stands between these is replaced.
const BEGIN: &str = "<!-- growth: written by cargo load growth --write -->";
const END: &str = "<!-- growth: end -->";
const FOLDER: &str = env!("CARGO_MANIFEST_DIR");

/// Writes both files.
///
/// # Errors
/// A file cannot be read or written, or the page has lost its marks.
pub(super) fn write(figures: &Figures) -> Result<()> {
    let page = Path::new(FOLDER).join("README.md");
    let reading = || format!("reading {}", page.display());
    let text = fs::read_to_string(&page).with_context(reading)?;
    let between = format!(
        "\n{}\n![Likes a second and processor time a like, over what is stored and over clients](growth.svg)\n\n",
        figures.markdown()
    );
    let text = replaced(&text, &between)
        .with_context(|| format!("{} has lost its marks", page.display()))?;
    fs::write(&page, text).with_context(|| format!("writing {}", page.display()))?;
    let drawing = Path::new(FOLDER).join("growth.svg");
    fs::write(&drawing, plot::draw(figures)?)
        .with_context(|| format!("writing {}", drawing.display()))
}

fn replaced(text: &str, between: &str) -> Option<String> {
    let (before, rest) = text.split_once(BEGIN)?;
    let (_, after) = rest.split_once(END)?;
    Some(format!("{before}{BEGIN}\n{between}{END}{after}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_between_the_marks_is_replaced_and_nothing_else() {
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
