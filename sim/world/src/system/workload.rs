//! What the clients of a system do, as a plan says it.

use rand_pcg::Pcg64Mcg;

use crate::plan::{Fields, Plan, Problem};

/// The operations of a system's clients, and the set-up before them: how they are drawn, checked, named and simplified.
///
/// A plan holds what an operation does, and what the set-up makes, as fields of JSON. Only the system reads them.
pub trait Workload: Sync {
    /// Draws the set-up and the operations of a swarm plan, spread over this time.
    ///
    /// The order and number of draws is part of what a seed means: a change here changes the plan of every seed.
    fn draw_workload(&self, rng: &mut Pcg64Mcg, spread_millis: u64, plan: &mut Plan);

    /// The plans that an exhaustive search starts from: one saga each if possible, without faults.
    fn bases(&self) -> Vec<Plan>;

    /// A plan with a few operations of different clients that begin together, without faults: its batches have several items.
    fn crowd(&self) -> Plan;

    /// The first problem of a plan's set-up, and of what its operations do: fields that are missing, unknown or impossible.
    fn problem(&self, plan: &Plan) -> Option<Problem>;

    /// Each operation of a plan in words, as a clause in the present tense: *customer 1 orders 3 pencils*.
    fn captions(&self, plan: &Plan) -> Vec<String>;

    /// The whole workload of a plan in words, as a clause. Reports say it if there are too many operations to name each.
    fn caption_of_workload(&self, plan: &Plan) -> String;

    /// The number of the client that performs an operation. A client performs its operations one after another, but those that
    /// overlap.
    fn client(&self, what: &Fields) -> i64;

    /// The plan with a simpler set-up, each change alone. The default has none, so shrinking keeps the set-up.
    fn simpler_set_ups(&self, _plan: &Plan) -> Vec<Plan> {
        Vec::new()
    }

    /// The plan with one thing less in its set-up, and the change in words. The default has none.
    fn smaller_set_ups(&self, _plan: &Plan) -> Vec<(Plan, String)> {
        Vec::new()
    }

    /// The simpler forms of what an operation does. The default has none, so shrinking only leaves operations out.
    fn simpler_operations(&self, _what: &Fields) -> Vec<Fields> {
        Vec::new()
    }
}
