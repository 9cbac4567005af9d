//! The barrier rows of a participant, for a person who compares them with the saga log.
//!
//! ```text
//!  administrator ──► leader ──► POST /v1/barrier-rows ──► the rows, as they are stored
//! ```
//!
//! Reading changes nothing and locks nothing, and no step is decided by it: the barrier reads its rows in the transaction of the
//! step. A row below the retention watermark is shown as it is, with that fact, although every request for it is stale.
//!
//! Files: `handle.rs` (the statement, and the client in the same process), `routes.rs` (HTTP), `http_client.rs` (the leader's
//! side).

mod handle;
mod http_client;
mod routes;

use async_trait::async_trait;
use likewise_barrier::BarrierState;
use serde::{Deserialize, Serialize};

use crate::{
    protocol::{self, NoReply, StepKey},
    time::Timestamp,
};

pub use handle::BarrierRows;
pub(super) use http_client::HttpBarrierRows;
pub use routes::routes;

/// What is stored about one step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BarrierRow {
    /// The state of the row.
    pub state: RowState,
    /// The fingerprint of the action's arguments. `None` if the row is collected.
    pub fingerprint: Option<i64>,
    /// The text of the result of a step that is done, or the code of a refusal. `None` in every other row, and if the result
    /// follows from the arguments.
    pub result: Option<String>,
    /// When the row was inserted, by the participant's clock. `None` if the row is collected.
    pub created_at: Option<Timestamp>,
    /// Whether the saga is below the participant's retention watermark: every request for it is stale.
    pub below_watermark: bool,
}

/// The state of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RowState {
    /// The action's effect is durable.
    Done,
    /// A business rule refused the action, permanently.
    Refused,
    /// The action's effect was compensated.
    Undone,
    /// The action never ran and never will.
    Tombstone,
    /// The saga is below the watermark and has no row: either the row was deleted, or there never was one.
    Collected,
}

impl RowState {
    /// The state of a row that is stored.
    #[must_use]
    pub fn of(state: BarrierState) -> Self {
        match state {
            BarrierState::Done => Self::Done,
            BarrierState::Refused => Self::Refused,
            BarrierState::Undone => Self::Undone,
            BarrierState::Tomb => Self::Tombstone,
        }
    }

    /// The state of the row, if there is one.
    #[must_use]
    pub fn stored(self) -> Option<BarrierState> {
        match self {
            Self::Done => Some(BarrierState::Done),
            Self::Refused => Some(BarrierState::Refused),
            Self::Undone => Some(BarrierState::Undone),
            Self::Tombstone => Some(BarrierState::Tomb),
            Self::Collected => None,
        }
    }
}

impl BarrierRow {
    /// What the pure rules compare and play: `row` is a reply's item. See [`protocol::verdict()`] and [`protocol::preview()`].
    #[must_use]
    pub fn of_rules(row: Option<&Self>) -> protocol::Row {
        match row.map(|row| (row.state.stored(), row.below_watermark)) {
            None => protocol::Row::Absent,
            Some((stored, true)) => protocol::Row::Stale(stored),
            Some((Some(stored), false)) => protocol::Row::Stored(stored),
            Some((None, false)) => protocol::Row::Absent,
        }
    }
}

/// How a leader reads the barrier rows of one participant.
#[async_trait]
pub trait BarrierRowsClient: Send + Sync {
    /// Reads the rows of 1 to [`BATCH_STEPS_MAX`](protocol::step::BATCH_STEPS_MAX) steps, in order. `None` if there is no row and
    /// the saga is not below the watermark. The caller adds the time-out.
    ///
    /// # Errors
    /// [`NoReply`]: the rows are not known. Nothing was changed in any case.
    async fn read(&self, steps: Vec<StepKey>) -> Result<Vec<Option<BarrierRow>>, NoReply>;
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn row(state: RowState, below_watermark: bool) -> BarrierRow {
        BarrierRow {
            state,
            fingerprint: Some(-7),
            result: Some(r#"{"likes": 1}"#.to_owned()),
            created_at: Some(Timestamp(1_000_000)),
            below_watermark,
        }
    }

    #[test]
    fn a_row_is_read_and_written_as_the_protocol_says() {
        let text = r#"{"state":"done","fingerprint":-7,"result":"{\"likes\": 1}","created_at":"1970-01-01T00:00:01.000000Z","below_watermark":false}"#;
        let done = row(RowState::Done, false);
        assert_eq!(serde_json::to_string(&done).unwrap(), text);
        assert_eq!(serde_json::from_str::<BarrierRow>(text).unwrap(), done);
        for (state, name) in [
            (RowState::Refused, "refused"),
            (RowState::Undone, "undone"),
            (RowState::Tombstone, "tombstone"),
            (RowState::Collected, "collected"),
        ] {
            assert_eq!(serde_json::to_value(state).unwrap(), json!(name));
        }
    }

    #[test]
    fn a_row_below_the_watermark_is_stale_for_the_rules() {
        use protocol::Row::{Absent, Stale, Stored};
        let of = |state, below| BarrierRow::of_rules(Some(&row(state, below)));
        assert_eq!(BarrierRow::of_rules(None), Absent);
        for state in [
            BarrierState::Done,
            BarrierState::Refused,
            BarrierState::Undone,
            BarrierState::Tomb,
        ] {
            assert_eq!(of(RowState::of(state), false), Stored(state));
            assert_eq!(of(RowState::of(state), true), Stale(Some(state)));
        }
        assert_eq!(of(RowState::Collected, true), Stale(None));
    }
}
