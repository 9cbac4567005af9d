//! Which sagas to list, or to give an order in a batch.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{cause::CauseKind, summary::Summary};
use crate::{
    http::{Problem, QueryPairs},
    log::StatusFilter,
    protocol::{Definition, Status},
};

const STATES: &str =
    "must be open, running, compensating, parked, paused, unreadable, completed or compensated";

/// A filter as it is sent.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FilterText {
    pub(super) state: Option<String>,
    pub(super) cause: Option<String>,
    pub(super) older_than: Option<String>,
    pub(super) step: Option<String>,
    pub(super) service: Option<String>,
}

/// A filter that was checked.
#[derive(Debug, Clone)]
pub(super) struct Filter {
    state: State,
    cause: Option<CauseKind>,
    older_than: Option<Duration>,
    step: Option<String>,
    service: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Open,
    Running,
    Compensating,
    Parked,
    Paused,
    Unreadable,
    Completed,
    Compensated,
}

impl FilterText {
    /// The filter in a query.
    ///
    /// # Errors
    /// A 422: a parameter is given more than once.
    pub(super) fn of_query(query: &QueryPairs) -> Result<Self, Problem> {
        Ok(Self {
            state: query.one("state")?,
            cause: query.one("cause")?,
            older_than: query.one("older_than")?,
            step: query.one("step")?,
            service: query.one("service")?,
        })
    }

    /// Checks it. `location` is where it was sent: `query` or `body`.
    ///
    /// # Errors
    /// A 422 that names the field.
    pub(super) fn check(&self, location: &'static str) -> Result<Filter, Problem> {
        let invalid = |name, reason: String| Problem::invalid(location, name, reason);
        let state = self.state.as_deref().unwrap_or("open");
        let state = State::of_name(state).ok_or_else(|| invalid("state", STATES.to_owned()))?;
        let cause = self.cause.as_deref().map(|name| {
            let unknown = || invalid("cause", format!("must be one of {}", CauseKind::names()));
            CauseKind::of_name(name).ok_or_else(unknown)
        });
        let older_than = self.older_than.as_deref().map(|text| {
            let reason = "must be a time, for example 90s, 5m or 2h";
            duration(text).ok_or_else(|| invalid("older_than", reason.to_owned()))
        });
        Ok(Filter {
            state,
            cause: cause.transpose()?,
            older_than: older_than.transpose()?,
            step: self.step.clone(),
            service: self.service.clone(),
        })
    }
}

/// A number of seconds, or a number with a unit.
fn duration(text: &str) -> Option<Duration> {
    let of_seconds = text.parse().ok().map(Duration::from_secs);
    let of_units = || Duration::try_from(text.parse::<jiff::SignedDuration>().ok()?).ok();
    of_seconds.or_else(of_units)
}

impl State {
    fn of_name(name: &str) -> Option<Self> {
        Some(match name {
            "open" => Self::Open,
            "running" => Self::Running,
            "compensating" => Self::Compensating,
            "parked" => Self::Parked,
            "paused" => Self::Paused,
            "unreadable" => Self::Unreadable,
            "completed" => Self::Completed,
            "compensated" => Self::Compensated,
            _ => return None,
        })
    }
}

impl Filter {
    /// Which rows of the log to look at.
    pub(super) fn rows(&self) -> StatusFilter {
        match self.state {
            State::Completed => StatusFilter::Done,
            State::Compensated => StatusFilter::Failed,
            _ => StatusFilter::Pending,
        }
    }

    /// Whether it lets a saga through. `definition` is `None` if the row cannot be read.
    pub(super) fn matches(&self, summary: &Summary, definition: Option<&Definition>) -> bool {
        self.matches_state(summary)
            && self.matches_cause(summary)
            && self.matches_age(summary)
            && self.matches_step(summary, definition)
    }

    fn matches_state(&self, summary: &Summary) -> bool {
        match self.state {
            State::Open => true,
            State::Running => summary.status == Some(Status::Running),
            State::Compensating => summary.status == Some(Status::Compensating),
            State::Parked => summary.parked,
            State::Paused => summary.paused,
            State::Unreadable => is_unreadable(summary),
            State::Completed => summary.status == Some(Status::Completed),
            State::Compensated => summary.status == Some(Status::Compensated),
        }
    }

    fn matches_cause(&self, summary: &Summary) -> bool {
        let cause = summary.cause.as_ref();
        let is_of = |wanted| cause.is_some_and(|cause| cause.is_of(wanted));
        self.cause.is_none_or(is_of)
    }

    fn matches_age(&self, summary: &Summary) -> bool {
        let is_older = |wanted: Duration| {
            summary
                .age_seconds
                .is_some_and(|age| age >= wanted.as_secs())
        };
        self.older_than.is_none_or(is_older)
    }

    /// The step and the service are those that the saga waits for.
    fn matches_step(&self, summary: &Summary, definition: Option<&Definition>) -> bool {
        let cause = summary.cause.as_ref();
        let step = cause.and_then(|cause| cause.step);
        let name = step.and_then(|step| Some(definition?.steps().get(step)?.name));
        let is_step = |wanted: &String| {
            name == Some(wanted.as_str()) || step.is_some_and(|step| step.to_string() == *wanted)
        };
        let service = cause.and_then(|cause| cause.service);
        self.step.as_ref().is_none_or(is_step)
            && (self.service.as_deref()).is_none_or(|wanted| service == Some(wanted))
    }
}

fn is_unreadable(summary: &Summary) -> bool {
    let kind = summary.cause.as_ref().map(|cause| cause.kind);
    kind == Some(CauseKind::Unreadable)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_a_number_of_seconds_or_has_a_unit() {
        let seconds = |text| duration(text).map(|time| time.as_secs());
        assert_eq!(seconds("90"), Some(90));
        assert_eq!(seconds("90s"), Some(90));
        assert_eq!(seconds("5m"), Some(300));
        assert_eq!(seconds("2h"), Some(7_200));
        for wrong in ["", "-5s", "x", "5 bananas"] {
            assert_eq!(seconds(wrong), None, "{wrong}");
        }
    }
}
