//! Counts: `750`, `10k`, `1M`, `1_000_000`.

/// Reads a count. `k` is a thousand, `M` a million and `G` a thousand millions.
///
/// # Errors
/// The text is not a count, or does not fit into 64 bits. The message names the forms.
pub fn count(text: &str) -> Result<u64, String> {
    let invalid = || "write a number, such as 750, 10k or 1M".to_owned();
    let (number, factor) = match text.chars().last() {
        Some('k' | 'K') => (&text[..text.len() - 1], 1_000),
        Some('M') => (&text[..text.len() - 1], 1_000_000),
        Some('G') => (&text[..text.len() - 1], 1_000_000_000),
        _ => (text, 1),
    };
    let is_number = number.starts_with(|c: char| c.is_ascii_digit());
    let number = number.replace('_', "");
    let number: u64 = number.parse().map_err(|_| invalid())?;
    match number.checked_mul(factor) {
        Some(count) if is_number => Ok(count),
        _ => Err(invalid()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_count_may_have_a_unit_and_be_grouped() {
        for (text, number) in [
            ("0", 0),
            ("750", 750),
            ("10k", 10_000),
            ("1M", 1_000_000),
            ("1_000_000", 1_000_000),
            ("2G", 2_000_000_000),
        ] {
            assert_eq!(count(text), Ok(number), "{text}");
        }
        for wrong in [
            "",
            "k",
            "-1",
            "+1",
            "many",
            "1.5k",
            "_",
            "18446744073709551615k",
        ] {
            assert!(count(wrong).is_err(), "{wrong}");
        }
    }
}
