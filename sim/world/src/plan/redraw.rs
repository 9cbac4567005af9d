//! A run that is drawn anew from one event on.
//!
//! ```text
//!  event 0 … N        as in the plan without this part: the same noise, the faults before `later_faults_from`
//!  event N + 1 …      other latencies and identities; only the faults from `later_faults_from` on can fire
//! ```
//!
//! Many such plans with different seeds are the futures of one event. The share of them that fails says how far the failure was
//! decided by then (`likewise_search::futures`).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// From which event on a run is drawn anew, and how.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Redraw {
    /// The place of the last event that stays as it is, from 0.
    pub event: usize,
    /// The seed of the noise after this event.
    pub noise: u64,
    /// The place of the first of the plan's faults that belongs to the time after the event. The faults before it can fire up
    /// to the event, those from it on only afterwards: their triggers count from the event on.
    pub later_faults_from: usize,
    /// The hash over the events up to and with this one. If a run has another one, it has no record. Missing: not checked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prefix: Option<String>,
}
