//! A place in the order in which sagas ended.

use std::{fmt, str::FromStr};

use crate::id::{Epoch, SagaId};

/// A place in the order in which sagas ended, which is the order in which their ends were committed.
///
/// A reader that goes on from the last cursor it saw misses no end. An id would not do for that: ids are in the order of
/// the starts, and a saga that began earlier may end later.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct EndCursor {
    /// The epoch under which the end was written.
    pub epoch: Epoch,
    /// The number of the transaction that wrote the end.
    pub position: i64,
    /// The saga. It orders the ends of one transaction.
    pub saga: SagaId,
}

/// A text is not a cursor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this is not a cursor")]
pub struct InvalidCursor;

impl fmt::Display for EndCursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.epoch.0, self.position, self.saga)
    }
}

impl FromStr for EndCursor {
    type Err = InvalidCursor;

    fn from_str(text: &str) -> Result<Self, InvalidCursor> {
        let mut parts = text.splitn(3, '.');
        let mut next = || parts.next().ok_or(InvalidCursor);
        let (epoch, position, saga) = (next()?, next()?, next()?);
        Ok(Self {
            epoch: Epoch(epoch.parse().map_err(|_| InvalidCursor)?),
            position: position.parse().map_err(|_| InvalidCursor)?,
            saga: SagaId(saga.parse().map_err(|_| InvalidCursor)?),
        })
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn a_cursor_is_read_back_from_its_text() {
        let cursor = EndCursor {
            epoch: Epoch(3),
            position: i64::MAX,
            saga: SagaId(Uuid::from_u128(7)),
        };
        assert_eq!(cursor.to_string().parse(), Ok(cursor));
        for wrong in [
            "",
            "3",
            "3.1",
            "3.1.x",
            "x.1.00000000-0000-0000-0000-000000000007",
        ] {
            assert_eq!(wrong.parse::<EndCursor>(), Err(InvalidCursor), "{wrong}");
        }
    }
}
