//! How a saga ended, in words.
//!
//! The log stores one outcome for a saga whose deadline passed and for one that an operator aborted, and databases keep that. The
//! audit tells them apart: the entry *settled* has the order under which the saga began to be undone.

use crate::{
    coordinator::instance::Coordinator,
    log::{AuditEntry, AuditFilter, Direction, SETTLED, SagaRow},
    protocol::Outcome,
    store::StoreError,
};

/// The entries of one saga that are looked at, from the newest on. A saga rarely has more than four.
const ENTRIES_MAX: u32 = 200;

impl Coordinator {
    /// Whether a saga was undone under the order of an operator.
    ///
    /// # Errors
    /// The log cannot be read.
    pub(super) async fn was_aborted(&self, row: &SagaRow) -> Result<bool, StoreError> {
        // All others say themselves how they ended.
        if row.outcome != Some(Outcome::TimedOut) {
            return Ok(false);
        }
        let filter = AuditFilter {
            saga: Some(row.id),
            limit: ENTRIES_MAX,
            before: Some(i64::MAX),
            ..AuditFilter::default()
        };
        Ok(self.audit(&filter).await?.iter().any(is_abort))
    }
}

/// Whether an entry says that a saga began to be undone, or was undone, under the order of an operator.
fn is_abort(entry: &AuditEntry) -> bool {
    let ordered = entry.before.get("direction").and_then(|it| it.as_str());
    entry.action == SETTLED && ordered == Some(Direction::Abort.name())
}

/// How a saga ended.
pub(super) fn ended(outcome: &Outcome, was_aborted: bool) -> String {
    match outcome {
        Outcome::Done { .. } => "every step is done".to_owned(),
        Outcome::Refused { step, code } => format!("step {step} was refused: {code}"),
        Outcome::TimedOut if was_aborted => "an operator aborted it".to_owned(),
        Outcome::TimedOut => "its deadline passed".to_owned(),
        Outcome::NoOp { code, .. } => format!("nothing was to be done: {code}"),
        #[allow(unreachable_patterns, reason = "an outcome of a later version")]
        _ => "undone".to_owned(),
    }
}
