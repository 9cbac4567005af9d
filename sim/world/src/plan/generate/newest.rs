//! What one of five seeds has in addition, since the other streams were fixed: operations that begin together, so that batches
//! have several items; limits so low that batches and queues fill up; faults of single items; a second coordinator; and faults
//! of coordinators that take over or talk to each other.

use rand::{Rng, RngExt, SeedableRng, seq::IndexedRandom};
use rand_pcg::Pcg64Mcg;

use super::{coordinators, database, places::Places, topology};
use crate::System;
use crate::plan::{Fault, FaultKind, Name, Plan, PlannedFault};

/// One of so many seeds has it.
const ONE_IN: u32 = 5;
/// Operations begin together at multiples of one of these times.
const TOGETHER_MILLIS: [u64; 3] = [250, 1_000, 4_000];
/// The largest of the batches that are small on purpose.
const BATCH_MAX: u32 = 4;
/// The longest of the queues that are short on purpose.
const QUEUE_MAX: u32 = 4;
/// The most faults of a kind that are added.
const FAULTS_MAX: u32 = 3;

/// What a seed has in addition. Each part has its own random stream.
pub(super) struct Newest {
    workload: Pcg64Mcg,
    topology: Pcg64Mcg,
    limits: Pcg64Mcg,
    faults: Pcg64Mcg,
}

impl Newest {
    /// What a seed has in addition. `None` if it has nothing.
    pub(super) fn of(mut rng: Pcg64Mcg) -> Option<Self> {
        let has_it = rng.random_ratio(1, ONE_IN);
        has_it.then(|| Self {
            workload: Pcg64Mcg::seed_from_u64(rng.next_u64()),
            topology: Pcg64Mcg::seed_from_u64(rng.next_u64()),
            limits: Pcg64Mcg::seed_from_u64(rng.next_u64()),
            faults: Pcg64Mcg::seed_from_u64(rng.next_u64()),
        })
    }

    /// Lets operations begin together, in two of three plans. Otherwise hardly any batch has two items.
    pub(super) fn edit_workload(mut self, plan: &mut Plan) {
        let rng = &mut self.workload;
        if !rng.random_ratio(2, 3) {
            return;
        }
        let together = TOGETHER_MILLIS.choose(rng).copied();
        for operation in &mut plan.workload {
            operation.at_millis -= operation.at_millis % together.unwrap_or(1);
        }
    }

    /// Gives some plans with one coordinator a second one, if the system can have two.
    pub(super) fn edit_topology(&mut self, system: &dyn System, plan: &mut Plan) {
        let rng = &mut self.topology;
        let needs_one =
            |planned: &PlannedFault| matches!(planned.fault, Fault::UnreadableRow { .. });
        let may_have_two = !plan.faults.iter().any(needs_one);
        let has_one = plan.topology.replicas(Name::COORDINATOR) == 1;
        let can_have_two = system.replicas_max(Name::COORDINATOR) >= 2;
        if rng.random_bool(0.5) && has_one && may_have_two && can_have_two {
            plan.topology = std::mem::take(&mut plan.topology).with(Name::COORDINATOR, 2);
        }
    }

    /// Lowers the limits of batches and queues.
    pub(super) fn edit_limits(&mut self, plan: &mut Plan) {
        let rng = &mut self.limits;
        let limits = &mut plan.limits;
        limits.batch_max = rng
            .random_bool(0.5)
            .then(|| rng.random_range(1..=BATCH_MAX));
        limits.queue_max = rng
            .random_ratio(1, 3)
            .then(|| rng.random_range(1..=QUEUE_MAX));
    }

    /// Adds faults to those that the plan has.
    pub(super) fn add_faults(mut self, places: &Places, plan: &mut Plan) {
        let rng = &mut self.faults;
        let mut faults = Vec::new();
        for _ in 0..rng.random_range(0..=FAULTS_MAX) {
            faults.extend(database::draw(rng, places, FaultKind::RefusedRow));
        }
        topology::spread(rng, &plan.topology, &mut faults);
        for _ in 0..rng.random_range(0..=FAULTS_MAX) {
            faults.extend(coordinators::at_takeover(rng, &plan.topology));
        }
        for _ in 0..rng.random_range(0..=FAULTS_MAX) {
            faults.extend(coordinators::between(rng, places, &plan.topology));
        }
        plan.faults.extend(faults);
    }
}
