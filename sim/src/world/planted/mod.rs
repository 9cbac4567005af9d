//! Planted bugs that any saga can have, and what a planted bug is.
//!
//! Each file replaces one part of the product at a seam, so the product has no code for them. The model shares some of the
//! wrong rules (`likewise_protocol::rule_variants`). The list of all planted bugs, and those of one system alone, are with that system.

pub(crate) mod abort_without_seal;
pub(crate) mod blind_seal;
pub(crate) mod cancel_kills_undo;
mod change;
pub(crate) mod deadline_forgotten_after_restart;
pub(crate) mod double_do;
pub(crate) mod double_undo;
pub(crate) mod early_gc;
pub(crate) mod every_pause_is_longest;
pub(crate) mod every_step_twice;
pub(crate) mod health_behind_limit;
pub(crate) mod keys_by_clock;
pub(crate) mod lazy_disk;
pub(crate) mod lease_never_free;
pub(crate) mod log_after_send;
pub(crate) mod log_variant;
pub(crate) mod memory_log;
pub(crate) mod no_answer_timeout;
pub(crate) mod no_lease;
pub(crate) mod no_statement_timeout;
pub(crate) mod no_step_timeout;
pub(crate) mod no_tombstone;
pub(crate) mod parked_is_forgotten;
pub(crate) mod ready_only_pings;
pub(crate) mod recovery_stops_at_bad_row;
pub(crate) mod reset_is_refusal;
pub(crate) mod soft_refusal;
pub(crate) mod swallowed_undo;
pub(crate) mod undo_registered_late;

use likewise_barrier::BarrierState;
use likewise_saga::{
    protocol::StepRequest,
    store::{Sql, StoreError, Tx},
};

use super::plan::Plan;
pub use change::{Change, Timeout};

/// A deliberately wrong system, which the checks must catch.
pub struct PlantedBug {
    /// Its name, also in the `system` field of a plan.
    pub name: &'static str,
    /// What is wrong with it, in one sentence.
    pub about: &'static str,
    /// The properties that catch it. Empty for the control, which must not be caught.
    pub caught_by: &'static [&'static str],
    /// What it changes.
    pub(crate) change: Change,
    /// A small plan that shows the mistake.
    pub(crate) plan: fn() -> Plan,
}

impl PlantedBug {
    /// Whether it is the control: a system that is odd but correct, and must not be caught.
    #[must_use]
    pub fn is_control(&self) -> bool {
        self.caught_by.is_empty()
    }
}

/// A mistake that any saga can have. How it shows depends on the system that is given it.
pub struct KitBug {
    /// Its name.
    pub name: &'static str,
    /// What is wrong with it, in one sentence.
    pub about: &'static str,
    /// What it changes.
    pub change: Change,
}

impl KitBug {
    /// The planted bug of a system: this small plan shows it, and these properties catch it.
    #[must_use]
    pub const fn shown_by(
        self,
        caught_by: &'static [&'static str],
        plan: fn() -> Plan,
    ) -> PlantedBug {
        PlantedBug {
            name: self.name,
            about: self.about,
            caught_by,
            change: self.change,
            plan,
        }
    }
}

static FIND_BARRIER: Sql = Sql {
    name: "find-barrier",
    sqlite: "SELECT state FROM barrier WHERE saga = $1 AND step = $2",
    postgres: "SELECT state FROM barrier WHERE saga = $1::uuid AND step = $2",
};

/// The state of a barrier row, for planted bugs that read before they write.
///
/// Reading before writing is the pattern that the product avoids. A planted bug needs it to behave differently for a
/// known step.
pub(crate) async fn barrier_state(
    tx: &mut Tx<'_>,
    request: &StepRequest,
) -> Result<Option<BarrierState>, StoreError> {
    let step = i64::try_from(request.step).unwrap_or(i64::MAX);
    let args = [request.saga.to_string().into(), step.into()];
    match tx.rows(&FIND_BARRIER, args).await?.first() {
        Some(row) => Ok(BarrierState::of_code(row.int(0)?)),
        None => Ok(None),
    }
}
