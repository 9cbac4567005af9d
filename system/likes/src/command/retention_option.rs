//! What to keep, on the command line: `off`, a time such as `7d`, or a number of sagas such as `100000rows`.

use std::{fmt, str::FromStr, time::Duration};

use likewise::coordinator::Keep;

use super::duration::period;

/// The ending of a number of sagas.
const ROWS: &str = "rows";

/// Which sagas are kept after their end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RetentionOption {
    /// All of them, for ever.
    Off,
    /// Those that the value says.
    Keep(Keep),
}

/// A time of retention: from one millisecond to ten years.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct PeriodOption(pub(crate) Duration);

impl FromStr for RetentionOption {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "off" {
            return Ok(Self::Off);
        }
        if let Some(number) = text.strip_suffix(ROWS) {
            let rows = number.trim_end().parse();
            let rows = rows.map_err(|_| "give a number of sagas, such as 100000rows".to_owned())?;
            return Ok(Self::Keep(Keep::Last(rows)));
        }
        let period = period(text).map_err(|reason| {
            format!("{reason}; or off, or a number of sagas such as 100000rows")
        })?;
        Ok(Self::Keep(Keep::For(period)))
    }
}

impl FromStr for PeriodOption {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        period(text).map(Self)
    }
}

impl fmt::Display for RetentionOption {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Off => f.write_str("off"),
            Self::Keep(Keep::For(time)) => write!(f, "{time:?}"),
            Self::Keep(Keep::Last(rows)) => write!(f, "{rows}{ROWS}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_is_off_a_time_or_a_number_of_sagas() {
        let read = |text: &str| text.parse::<RetentionOption>();
        let time = |seconds| {
            let time = Duration::from_secs(seconds);
            Ok(RetentionOption::Keep(Keep::For(time)))
        };
        assert_eq!(read("off"), Ok(RetentionOption::Off));
        assert_eq!(read("90s"), time(90));
        assert_eq!(read("36h"), time(36 * 3_600));
        assert_eq!(read("7d"), time(7 * 86_400));
        assert_eq!(read("2w"), time(14 * 86_400));
        let rows = Ok(RetentionOption::Keep(Keep::Last(100_000)));
        assert_eq!(read("100000rows"), rows);
        assert_eq!(read("100000 rows"), rows);
        for wrong in [
            "", "on", "0s", "-7d", "7", "rows", "-1rows", "1.5rows", "4000d", "1mo",
        ] {
            let reason = read(wrong).unwrap_err();
            assert!(reason.contains("rows"), "{wrong}: {reason}");
        }
    }
}
