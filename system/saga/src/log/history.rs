//! What the log has of one saga, change by change: for a reader that follows the saga.
//!
//! ```text
//!  place   0        1          2               3          4
//!          started  (parked)   (compensating)  (parked)   completed or compensated
//! ```
//!
//! A saga is in each status at most once and is parked at most once in it. So the kind of a change tells its place, and the place
//! is the same to every coordinator. Whatever is logged later has a higher place than all that was logged before.

use std::fmt;

use super::{SagaRow, StoredSaga};
use crate::{
    id::{Epoch, SagaId},
    protocol::{Outcome, Status},
    store::{Row, StoreError},
    time::Timestamp,
};

/// The place of a logged change among those of its saga.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place(u8);

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// What a logged change is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChangeKind {
    /// The saga was started.
    Started,
    /// The saga was marked for a person. It keeps its status.
    Parked,
    /// It was decided to compensate the saga.
    Compensating,
    /// The saga has ended: every step is done.
    Completed,
    /// The saga has ended: no effect is left.
    Compensated,
}

impl ChangeKind {
    /// The name, as readers see it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Started => "started",
            Self::Parked => "parked",
            Self::Compensating => "compensating",
            Self::Completed => "completed",
            Self::Compensated => "compensated",
        }
    }
}

/// One change that the log has of a saga.
#[derive(Debug, Clone, PartialEq)]
pub struct LoggedChange {
    /// Its place among the changes of the saga.
    pub place: Place,
    /// The status of the saga since then.
    pub status: Status,
    /// Whether the saga is marked for a person since then.
    pub parked: bool,
    /// The epoch under which it was logged.
    pub epoch: Epoch,
    /// When it was logged.
    pub at: Timestamp,
    /// The outcome, if the saga has ended.
    pub outcome: Option<Outcome>,
}

impl LoggedChange {
    /// What it is.
    #[must_use]
    pub fn kind(&self) -> ChangeKind {
        match (self.status, self.place.0) {
            (Status::Completed, _) => ChangeKind::Completed,
            (Status::Compensated, _) => ChangeKind::Compensated,
            (Status::Running | Status::Compensating, 1 | 3) => ChangeKind::Parked,
            (Status::Running, _) => ChangeKind::Started,
            (Status::Compensating, _) => ChangeKind::Compensating,
        }
    }

    /// Whether nothing comes after it.
    #[must_use]
    pub fn is_end(&self) -> bool {
        !self.status.is_open()
    }
}

/// Reads the rows of a history, up to the first one that cannot be read: what comes after it is not shown before it is repaired.
pub(super) fn read_history(rows: &[Row]) -> Vec<LoggedChange> {
    let changes = rows.iter().map(read_change);
    changes.map_while(Result::ok).collect()
}

fn read_change(row: &Row) -> Result<LoggedChange, StoreError> {
    let unreadable = || StoreError::Invariant("a change that cannot be read".to_owned());
    let outcome = row.opt_text(5)?.map(serde_json::from_str).transpose()?;
    let status = Status::of_code(row.int(1)?).ok_or_else(unreadable)?;
    if !status.is_open() && outcome.is_none() {
        return Err(unreadable());
    }
    Ok(LoggedChange {
        place: Place(u8::try_from(row.int(0)?).map_err(|_| unreadable())?),
        status,
        parked: row.int(2)? != 0,
        epoch: Epoch(row.int(3)?),
        at: Timestamp(row.int(4)?),
        outcome,
    })
}

/// The history as far as a saga's present state tells it, for a log that keeps nothing else.
pub(super) fn history_of_state(stored: Option<StoredSaga>) -> Vec<LoggedChange> {
    let Some(Ok(row)) = stored else {
        return Vec::new();
    };
    let change = |place, status, parked, at, row: &SagaRow| LoggedChange {
        place: Place(place),
        status,
        parked,
        epoch: row.epoch,
        at,
        outcome: row.outcome.clone().filter(|_| !status.is_open()),
    };
    let mut history = vec![change(0, Status::Running, false, row.created_at, &row)];
    let place = match row.status {
        Status::Running => 0,
        Status::Compensating => 2,
        Status::Completed | Status::Compensated => 4,
    };
    if place > 0 {
        history.push(change(place, row.status, row.parked, row.updated_at, &row));
    }
    if row.parked && row.status.is_open() {
        history.push(change(place + 1, row.status, true, row.updated_at, &row));
    }
    history
}

/// The id of a change in a stream of its saga's events: opaque to the client, and read back by [`parse_id`].
#[must_use]
pub fn change_id(saga: SagaId, place: Place) -> String {
    format!("{saga}.{place}")
}

/// The place in an id that was given for this saga. `None` for every other text.
#[must_use]
pub fn parse_id(saga: SagaId, text: &str) -> Option<Place> {
    let number = text.strip_prefix(&saga.to_string())?.strip_prefix('.')?;
    let is_digit = number.len() == 1 && number.as_bytes()[0].is_ascii_digit();
    number.parse().ok().filter(|_| is_digit).map(Place)
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn an_id_is_read_back_for_its_own_saga_only() {
        let (saga, other) = (SagaId(Uuid::from_u128(7)), SagaId(Uuid::from_u128(8)));
        let id = change_id(saga, Place(3));
        assert_eq!(parse_id(saga, &id), Some(Place(3)));
        assert_eq!(parse_id(other, &id), None);
        for wrong in [
            "",
            "3",
            &format!("{saga}"),
            &format!("{saga}."),
            &format!("{id}0"),
            &format!("{saga}.+3"),
            &format!(" {id}"),
        ] {
            assert_eq!(parse_id(saga, wrong), None, "{wrong}");
        }
    }
}
