//! A row of the table of bounds: what a process waits for or repeats, how long or how often, and what happens then.
//!
//! Each part of the kit makes the rows of its bounds from its constants and its configuration. The product joins them.

use std::{borrow::Cow, fmt, time::Duration};

/// One bound of a process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BoundRow {
    /// What is bounded. For a [`Bound`](super::Bound), its name.
    pub name: &'static str,
    /// How long or how often.
    pub limit: Limit,
    /// The option that sets it, or how it follows from one. `constant` if nothing does.
    pub source: Cow<'static, str>,
    /// What happens when the bound is reached.
    pub then: Cow<'static, str>,
}

/// How long or how often.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limit {
    /// A time.
    Time(Duration),
    /// A number of attempts.
    Times(u32),
}

impl BoundRow {
    /// A limit on a time.
    #[must_use]
    pub fn time(
        name: &'static str,
        limit: Duration,
        source: impl Into<Cow<'static, str>>,
        then: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self {
            name,
            limit: Limit::Time(limit),
            source: source.into(),
            then: then.into(),
        }
    }

    /// A limit on a number of attempts.
    #[must_use]
    pub fn times(
        name: &'static str,
        limit: u32,
        source: impl Into<Cow<'static, str>>,
        then: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self {
            name,
            limit: Limit::Times(limit),
            source: source.into(),
            then: then.into(),
        }
    }
}

impl fmt::Display for Limit {
    /// Milliseconds if they are no whole seconds, tenths of a second from ten seconds on, and minutes from two minutes on.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Times(times) => write!(f, "{times} times"),
            Self::Time(time) if time.as_secs() >= 10 && time.subsec_millis() != 0 => {
                write!(f, "{:.1} s", time.as_secs_f64())
            }
            Self::Time(time) if time.subsec_millis() != 0 => write!(f, "{} ms", time.as_millis()),
            Self::Time(time) if time.as_secs() >= 120 && time.as_secs().is_multiple_of(60) => {
                write!(f, "{} min", time.as_secs() / 60)
            }
            Self::Time(time) => write!(f, "{} s", time.as_secs()),
        }
    }
}
