//! Numbers and times on the command line, with their ranges.

use std::{fmt::Display, ops::RangeInclusive};

/// Reads a time of whole seconds: `90`, `90s`, `1m30s`.
pub(super) fn seconds(
    range: RangeInclusive<u32>,
) -> impl Fn(&str) -> Result<u32, String> + Clone + Send + Sync + 'static {
    move |text| {
        let time = likewise_cli::duration(text)?;
        let is_whole = time.subsec_nanos() == 0;
        match u32::try_from(time.as_secs()) {
            Ok(seconds) if is_whole => within(seconds, &range),
            _ => Err("give whole seconds, such as 90s or 1m30s".to_owned()),
        }
    }
}

/// Reads a number: `750`, `10k`, `1M`.
pub(super) fn number<N>(
    range: RangeInclusive<N>,
) -> impl Fn(&str) -> Result<N, String> + Clone + Send + Sync + 'static
where
    N: TryFrom<u64> + PartialOrd + Display + Clone + Send + Sync + 'static,
{
    move |text| {
        let number = N::try_from(likewise_cli::count(text)?);
        match number {
            Ok(number) => within(number, &range),
            Err(_) => Err(outside(&range)),
        }
    }
}

/// Reads a size of whole gigabytes, `8GB`. A number alone is in gigabytes.
pub(super) fn gigabytes(
    range: RangeInclusive<u32>,
) -> impl Fn(&str) -> Result<u32, String> + Clone + Send + Sync + 'static {
    const GIGABYTE: u64 = 1 << 30;
    move |text| {
        let gigabytes = match text.parse() {
            Ok(gigabytes) => gigabytes,
            Err(_) => {
                let bytes = likewise_cli::size(text)?;
                let is_whole = bytes.is_multiple_of(GIGABYTE);
                let whole = u32::try_from(bytes / GIGABYTE).ok().filter(|_| is_whole);
                whole.ok_or("give whole gigabytes, such as 8GB")?
            }
        };
        within(gigabytes, &range)
    }
}

fn within<N: PartialOrd + Display>(number: N, range: &RangeInclusive<N>) -> Result<N, String> {
    match range.contains(&number) {
        true => Ok(number),
        false => Err(outside(range)),
    }
}

fn outside<N: Display>(range: &RangeInclusive<N>) -> String {
    format!("must be from {} to {}", range.start(), range.end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_numbers_and_sizes_take_the_usual_forms_within_their_range() {
        let read = seconds(1..=600);
        assert_eq!(read("90"), Ok(90));
        assert_eq!(read("1m30s"), Ok(90));
        assert_eq!(read("0"), Err("must be from 1 to 600".to_owned()));
        assert!(read("1.5s").unwrap_err().contains("whole seconds"));
        let read = number::<u32>(1..=8_000);
        assert_eq!(read("2k"), Ok(2_000));
        assert_eq!(read("9k"), Err("must be from 1 to 8000".to_owned()));
        assert_eq!(read("9G"), Err("must be from 1 to 8000".to_owned()));
        let read = gigabytes(1..=1_000);
        assert_eq!(read("8"), Ok(8));
        assert_eq!(read("8GB"), Ok(8));
        assert!(read("8MB").unwrap_err().contains("whole gigabytes"));
    }
}
