//! Sizes: `64MB`, `1.5GiB`, `512k`, or a number of bytes. A kilobyte has 1,024 bytes, as in PostgreSQL and SQLite.

/// What to write instead of an invalid size.
const FORMS: &str = "write a number and its unit, such as 512kB, 64MB or 2GB";

/// Reads a size in bytes. Upper and lower case are the same, and so are MB, MiB and M.
///
/// # Errors
/// The text is not a size, or does not fit into 64 bits. The message names the forms.
pub fn size(text: &str) -> Result<u64, String> {
    let invalid = || FORMS.to_owned();
    let end = text.find(|c: char| c.is_ascii_alphabetic() || c == ' ');
    let (number, unit) = text.split_at(end.unwrap_or(text.len()));
    let unit = unit.trim().to_ascii_lowercase();
    let power = match unit.trim_end_matches('b').trim_end_matches('i') {
        "" => 0,
        "k" => 10,
        "m" => 20,
        "g" => 30,
        "t" => 40,
        _ => return Err(invalid()),
    };
    let (whole, part) = number.split_once('.').unwrap_or((number, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(whole) || !digits(part) || whole.is_empty() || part.len() > PLACES_MAX {
        return Err(invalid());
    }
    let scaled: u128 = format!("{whole}{part}").parse().map_err(|_| invalid())?;
    let bytes = (scaled << power) / 10_u128.pow(u32::try_from(part.len()).unwrap_or(0));
    u64::try_from(bytes).map_err(|_| "too large".to_owned())
}

/// Decimal places that a size may have.
const PLACES_MAX: usize = 6;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_size_has_every_usual_form() {
        for (text, bytes) in [
            ("0", 0),
            ("512", 512),
            ("512B", 512),
            ("1k", 1_024),
            ("64MB", 64 << 20),
            ("64 MiB", 64 << 20),
            ("64m", 64 << 20),
            ("1.5GB", 3 << 29),
            ("2TiB", 2 << 40),
        ] {
            assert_eq!(size(text), Ok(bytes), "{text}");
        }
    }

    #[test]
    fn what_is_no_size_is_refused_with_the_forms() {
        for wrong in [
            "", "MB", "-1MB", "big", "1..5MB", "1.5.2MB", "7 rows", ".5G",
        ] {
            let reason = size(wrong).unwrap_err();
            assert!(reason.contains("64MB"), "{wrong}: {reason}");
        }
        assert_eq!(size("99999999TB").unwrap_err(), "too large");
    }
}
