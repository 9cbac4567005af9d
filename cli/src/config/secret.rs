//! A secret in a file.

use std::path::Path;

use super::{file, value::Mistake};

/// The largest secret, in bytes.
const BYTES_MAX: u64 = 64 * 1024;

/// The text of the file, without the white space around it.
///
/// # Errors
/// The file cannot be read, or has no text. The message does not repeat it.
pub(super) fn read(place: &str, path: &Path) -> Result<String, Mistake> {
    let wrong = |reason: &str| {
        let message = format!("the file {} with the secret {reason}", path.display());
        Mistake::new(place, message)
    };
    let text =
        file::read(path, BYTES_MAX).map_err(|error| wrong(&format!("cannot be read: {error}")))?;
    match text.trim() {
        "" => Err(wrong("is empty")),
        text if text.contains('\n') => {
            Err(wrong("has several lines; it must contain the value alone"))
        }
        text => Ok(text.to_owned()),
    }
}
