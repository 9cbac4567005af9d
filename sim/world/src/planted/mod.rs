//! Planted bugs that any saga can have, and what a planted bug is.
//!
//! Each file replaces one part of the product at a seam, so the product has no code for them. The model shares some of the
//! wrong rules (`likewise_protocol::rule_variants`). The list of all planted bugs, and those of one system alone, are with that system.

pub mod abort_told_after_pivot;
pub mod abort_without_seal;
pub mod alert_before_commit;
pub mod alert_forgotten_after_restart;
pub mod alert_without_pause;
pub mod audit_written_apart;
pub mod batch_answered_as_first;
pub mod blind_seal;
pub mod cancel_kills_undo;
mod change;
pub mod change_without_compare;
pub mod deadline_forgotten_after_restart;
pub mod delete_before_refuse;
mod delivery_variant;
pub mod double_do;
pub mod double_undo;
pub mod early_gc;
pub mod every_pause_is_longest;
pub mod every_step_twice;
pub mod force_flips_status;
pub mod health_behind_limit;
pub mod identities_by_clock;
pub mod key_collected_with_saga;
pub mod keys_by_clock;
pub mod keys_of_anybody;
pub mod late_batch_accepted;
pub mod lazy_disk;
pub mod lease_never_free;
pub mod locks_in_two_memories;
pub mod log_after_send;
pub(crate) mod log_variant;
pub mod memory_log;
pub mod new_id_each_retry;
pub mod no_answer_timeout;
pub mod no_lease;
pub mod no_statement_timeout;
pub mod no_step_timeout;
pub mod no_tombstone;
pub mod order_compares_log_row;
pub mod orders_forgotten_after_restart;
pub mod parked_is_forgotten;
mod product;
pub mod ready_only_pings;
pub mod recovery_stops_at_bad_row;
pub mod replies_before_commit;
pub mod reset_is_refusal;
pub mod rest_of_batch_dropped;
pub mod rows_never_deleted;
mod situations;
pub mod soft_refusal;
pub mod stream_shows_state;
pub mod swallowed_undo;
pub mod undo_registered_late;
pub mod watermark_goes_back;
pub mod watermark_not_compared;
pub mod watermark_not_fenced;
pub mod watermark_over_open;
mod watermark_variant;

use likewise_barrier::BarrierState;
use likewise_saga::{
    protocol::StepRequest,
    store::{Sql, StoreError, Tx},
};

use super::plan::Plan;
pub use change::{Change, Timeout};
pub use product::product;
pub(crate) use product::product_log;
pub use situations::{CaughtByOwn, Situations, end_refused, of_any_saga};

/// A deliberately wrong system, which the checks must catch.
pub struct PlantedBug {
    /// Its name, also in the `system` field of a plan.
    pub name: &'static str,
    /// What is wrong with it, in one sentence.
    pub about: &'static str,
    /// The properties that catch it. Empty for the control, which must not be caught.
    pub caught_by: &'static [&'static str],
    /// What it changes.
    pub change: Change,
    /// A small plan that shows the mistake.
    pub plan: fn() -> Plan,
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
