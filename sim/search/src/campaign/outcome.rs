//! What a campaign hands over: its single runs, and how it ended.

use std::time::Duration;

use crate::guarded::NoRecord;
use likewise_world::{plan::Plan, record::RunRecord};

/// Why a campaign ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EndReason {
    /// Every plan was run.
    AllRun,
    /// The budget was used up first.
    BudgetUsedUp,
    /// The stop flag was set.
    Stopped,
    /// The callback asked for no more runs.
    Enough,
}

/// A run without a record.
#[derive(Debug, Clone)]
pub struct Breakdown {
    /// What was run.
    pub plan: Plan,
    /// Why it has no record.
    pub reason: NoRecord,
}

/// How a campaign ended.
#[derive(Debug, Clone)]
pub struct Finished {
    /// The number of runs with a record.
    pub runs: u64,
    /// The number of plans that were handled, from the first on: runs with and without a record, and plans that needed
    /// no run. A later campaign can resume at this place.
    pub delivered: u64,
    /// The runs without a record.
    pub breakdowns: Vec<Breakdown>,
    /// Why it ended.
    pub ended: EndReason,
    /// The wall time that it took.
    pub wall: Duration,
}

/// One finished run.
#[derive(Debug)]
pub struct Done {
    /// Its place among the plans.
    pub place: u64,
    /// Its record, or why there is none.
    pub result: Result<RunRecord, Box<Breakdown>>,
    /// The wall time that it took.
    pub wall: Duration,
}
