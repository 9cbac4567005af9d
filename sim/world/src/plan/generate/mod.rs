//! Plans from seeds: a swarm.
//!
//! Each seed switches whole families and kinds of faults on or off, draws a topology and a configuration, and then draws
//! faults from what is left. So rare combinations are not drowned by common ones.
//!
//! # Source
//!
//! A. Groce et al.: Swarm Testing, 2012. Leaving features out at random finds more than always using all of them,
//! because some features suppress the effect of others.

mod client;
mod clock;
mod coordinators;
mod database;
mod disk;
mod limits;
mod message;
mod missing;
mod network;
mod newest;
mod operators;
mod overlap;
mod places;
mod prober;
mod process;
mod receiver;
mod retention;
mod timing;
mod topology;

use newest::Newest;
use places::Places;
use rand::{Rng, RngExt, SeedableRng, seq::IndexedRandom};
use rand_pcg::Pcg64Mcg;

use crate::{
    System,
    plan::{Family, FaultKind, Limits, Plan, PlannedFault, Topology},
};

/// The random streams of a seed. A new purpose gets a new number, so that the other streams stay as they are.
const WORKLOAD_STREAM: u64 = 1;
const FAULT_STREAM: u64 = 2;
const NOISE_STREAM: u64 = 3;
const TIMING_STREAM: u64 = 5;
const TOPOLOGY_STREAM: u64 = 4;
const LIMITS_STREAM: u64 = 6;
const LATER_FAULT_STREAM: u64 = 7;
const PROBER_STREAM: u64 = 8;
const OVERLAP_STREAM: u64 = 20;
const READER_STREAM: u64 = 21;
const MISSING_STREAM: u64 = 22;
const RETENTION_STREAM: u64 = 23;
const FOLLOWER_STREAM: u64 = 24;
const OPERATOR_STREAM: u64 = 25;
const RECEIVER_STREAM: u64 = 26;
/// Of so many plans, one has a follower.
const FOLLOWER_PLANS: u32 = 8;
/// Of so many plans, one has a reader.
const READER_PLANS: u32 = 4;
const NEWEST_STREAM: u64 = 9;

/// The most faults of a plan, without its bursts.
const FAULTS_MAX: u32 = 12;
/// The most faults of later kinds in a plan that has any.
const LATER_FAULTS_MAX: u32 = 4;
/// The bursts of a plan that has any.
const BURSTS: u32 = 2;
/// The workload, and so the faults, are spread over this time.
const SPREAD_MILLIS: u64 = 8_000;

/// The kinds that exist since the fault stream was fixed. They have a separate stream, which adds its faults after the
/// others. So a new kind changes only the plans that contain it.
const LATER_KINDS: [FaultKind; 8] = [
    FaultKind::AcceptAndNeverAnswer,
    FaultKind::SecondProcess,
    FaultKind::UnreadableRow,
    FaultKind::Hang,
    FaultKind::SilentConnection,
    FaultKind::TooManyClients,
    FaultKind::OutsiderLock,
    FaultKind::WithheldBody,
];

/// The kinds of the workload that exist since then. No stream of faults draws them.
const LATER_BEHAVIOURS: [FaultKind; 2] = [FaultKind::OverlappingRequests, FaultKind::SharedKey];
/// The kinds that only [`Newest`] adds to a plan.
const NEWEST_KINDS: [FaultKind; 1] = [FaultKind::RefusedRow];

/// Generates the plan of a seed.
#[must_use]
pub fn generate(system: &dyn System, seed: u64) -> Plan {
    let places = Places::of(system);
    let mut plan = peaceful(system, seed);
    plan.name = format!("swarm seed {seed}");
    plan.seed = Some(seed);
    plan.topology = topology::draw(&mut stream(seed, TOPOLOGY_STREAM), system.services());
    plan.timing = timing::draw(&mut stream(seed, TIMING_STREAM));
    plan.limits = limits::draw(&mut stream(seed, LIMITS_STREAM));
    plan.reads = stream(seed, READER_STREAM).random_ratio(1, READER_PLANS);
    let rng = &mut stream(seed, FAULT_STREAM);
    let kinds = kinds(rng);
    plan.faults = faults(rng, &places, &kinds);
    topology::spread(rng, &plan.topology, &mut plan.faults);
    let rng = &mut stream(seed, LATER_FAULT_STREAM);
    if rng.random_ratio(1, 3) {
        let kinds = later_kinds(rng);
        // Among many other faults, what a silent part does alone is rarely seen.
        let clears = rng.random_bool(0.5);
        if clears || kinds.len() == 1 {
            plan.faults.clear();
        }
        if kinds.len() == 1 {
            plan.limits = Limits::default();
        }
        plan.faults
            .extend(later_faults(rng, &places, &kinds, &plan.topology));
        prober::draw(&mut stream(seed, PROBER_STREAM), &mut plan);
    }
    if let Some(mut newest) = newest(seed) {
        newest.edit_limits(&mut plan);
        newest.edit_topology(system, &mut plan);
        newest.add_faults(&places, &mut plan);
    }
    retention::draw(&mut stream(seed, RETENTION_STREAM), &places, &mut plan);
    operators::draw(&mut stream(seed, OPERATOR_STREAM), &places, &mut plan);
    receiver::draw(&mut stream(seed, RECEIVER_STREAM), &places, &mut plan);
    // Its streams would take the few connections of a plan with a tight limit.
    let has_room = plan.limits.connections_max == Limits::default().connections_max;
    plan.follows = has_room && stream(seed, FOLLOWER_STREAM).random_ratio(1, FOLLOWER_PLANS);
    plan
}

/// Generates a plan from one fixed profile: every kind of fault is on, and the configuration is the default. The detection
/// benchmark compares the swarm with it. Its seeds are no seeds of the swarm, so the plan names none.
#[must_use]
pub fn generate_fixed(system: &dyn System, seed: u64) -> Plan {
    let places = Places::of(system);
    let mut plan = peaceful(system, seed);
    plan.name = format!("fixed profile, seed {seed}");
    let rng = &mut stream(seed, FAULT_STREAM);
    plan.faults = faults(rng, &places, &planned_kinds());
    topology::spread(rng, &plan.topology, &mut plan.faults);
    let rng = &mut stream(seed, LATER_FAULT_STREAM);
    let later = later_faults(rng, &places, &LATER_KINDS, &plan.topology);
    plan.faults.extend(later);
    if let Some(newest) = newest(seed) {
        newest.add_faults(&places, &mut plan);
    }
    plan
}

/// The workload of a seed, without faults.
fn peaceful(system: &dyn System, seed: u64) -> Plan {
    let mut plan = Plan::new("");
    plan.noise = stream(seed, NOISE_STREAM).next_u64();
    system.draw_workload(&mut stream(seed, WORKLOAD_STREAM), SPREAD_MILLIS, &mut plan);
    if let Some(newest) = newest(seed) {
        newest.edit_workload(&mut plan);
    }
    overlap::draw(&mut stream(seed, OVERLAP_STREAM), system, &mut plan);
    missing::draw(&mut stream(seed, MISSING_STREAM), system, &mut plan);
    plan
}

fn newest(seed: u64) -> Option<Newest> {
    Newest::of(stream(seed, NEWEST_STREAM))
}

/// Multiplying by an odd constant spreads small seeds over all bits. The purpose is moved to the high bits, where it
/// does not collide with the next seed.
fn stream(seed: u64, purpose: u64) -> Pcg64Mcg {
    Pcg64Mcg::seed_from_u64(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ purpose.rotate_right(8))
}

/// The order and number of draws is part of what a seed means. A change here changes the plan of every seed.
fn faults(rng: &mut Pcg64Mcg, places: &Places, kinds: &[FaultKind]) -> Vec<PlannedFault> {
    let count = rng.random_range(1..=FAULTS_MAX);
    let mut faults: Vec<PlannedFault> = (0..count)
        .filter_map(|_| kinds.choose(rng).and_then(|kind| draw(rng, places, *kind)))
        .collect();
    if rng.random_ratio(1, 3) {
        faults.extend((0..BURSTS).flat_map(|_| message::burst(rng, places)));
    }
    faults
}

/// Draws faults of later kinds, and spreads them over the replicas.
fn later_faults(
    rng: &mut Pcg64Mcg,
    places: &Places,
    kinds: &[FaultKind],
    topology: &Topology,
) -> Vec<PlannedFault> {
    let count = rng.random_range(1..=LATER_FAULTS_MAX);
    let mut faults: Vec<PlannedFault> = (0..count)
        .filter_map(|_| kinds.choose(rng).and_then(|kind| draw(rng, places, *kind)))
        .collect();
    topology::spread(rng, topology, &mut faults);
    faults
}

/// The kinds of the first fault stream, with those that are part of the workload.
fn earlier_kinds() -> impl Iterator<Item = FaultKind> {
    let kinds = FaultKind::ALL.iter().copied();
    let is_earlier = |kind: &FaultKind| {
        !LATER_KINDS.contains(kind)
            && !LATER_BEHAVIOURS.contains(kind)
            && !NEWEST_KINDS.contains(kind)
    };
    kinds.filter(is_earlier)
}

/// The earlier kinds that a plan lists. The others are part of the workload.
fn planned_kinds() -> Vec<FaultKind> {
    earlier_kinds()
        .filter(|kind| !FaultKind::OF_THE_WORKLOAD.contains(kind))
        .collect()
}

/// The later kinds of a seed: about half of them, and at least one. Some seeds have one of two kinds alone: what follows a
/// silent connection or an unreadable row is judged only if no other fault disturbs it.
fn later_kinds(rng: &mut Pcg64Mcg) -> Vec<FaultKind> {
    match rng.random_range(0..6) {
        0 => return vec![FaultKind::SilentConnection],
        1 => return vec![FaultKind::UnreadableRow],
        _ => {}
    }
    let mut kinds = LATER_KINDS.to_vec();
    kinds.retain(|_| rng.random_bool(0.5));
    if kinds.is_empty() {
        kinds.extend(LATER_KINDS.choose(rng).copied());
    }
    kinds
}

/// The kinds of faults of a seed: most kinds of half the families, and at least one.
///
/// Every kind draws its number, also if its family is off, so that one family does not shift the draws of the others.
fn kinds(rng: &mut Pcg64Mcg) -> Vec<FaultKind> {
    let families: Vec<Family> = Family::ALL
        .into_iter()
        .filter(|_| rng.random_bool(0.5))
        .collect();
    let mut kinds: Vec<FaultKind> = earlier_kinds()
        .filter(|kind| rng.random_bool(0.7) && families.contains(&kind.family()))
        .filter(|kind| !FaultKind::OF_THE_WORKLOAD.contains(kind))
        .collect();
    if kinds.is_empty() {
        kinds.extend(earlier_kinds().collect::<Vec<_>>().choose(rng).copied());
    }
    kinds
}

/// Draws a fault of a kind. `None` if plans do not list that kind.
fn draw(rng: &mut Pcg64Mcg, places: &Places, kind: FaultKind) -> Option<PlannedFault> {
    match kind.family() {
        Family::Message => message::draw(rng, places, kind),
        Family::Network => network::draw(rng, places, kind),
        Family::Process => process::draw(rng, places, kind),
        Family::Database => database::draw(rng, places, kind),
        Family::Disk => disk::draw(rng, places, kind),
        Family::Clock => clock::draw(rng, places, kind),
        Family::Client => client::draw(rng, kind),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::plan::{Timing, Trigger};
    use crate::testing::SHOP;

    #[test]
    fn the_fixed_profile_differs_from_the_swarm_by_its_faults_and_configuration_alone() {
        for seed in 0..20 {
            let (swarm, fixed) = (generate(&SHOP, seed), generate_fixed(&SHOP, seed));
            // A swarm plan with retention spreads its operations over several periods.
            assert!(swarm.retention.is_some() || swarm.workload == fixed.workload);
            assert_eq!(fixed.retention, None);
            assert_eq!(fixed.timing, Timing::default());
            assert_eq!(fixed.limits, Limits::default());
        }
        let parts: [fn(Limits) -> u32; 3] = [
            |limits| limits.park_after,
            |limits| limits.open_max,
            |limits| limits.at_once_max,
        ];
        for part in parts {
            let is_tight =
                |seed: &u64| part(generate(&SHOP, *seed).limits) < part(Limits::default());
            let tight = (0..40).filter(is_tight).count();
            assert!((5..30).contains(&tight), "{tight} of 40");
        }
        let families = |plan: Plan| -> BTreeSet<Family> {
            let kinds = plan.faults.iter().map(|planned| planned.fault.kind());
            kinds.map(FaultKind::family).collect()
        };
        let many = |generate: fn(&dyn System, u64) -> Plan| {
            (0..40)
                .filter(|seed| families(generate(&SHOP, *seed)).len() > 4)
                .count()
        };
        assert!(many(generate_fixed) > 2 * many(generate));
    }

    #[test]
    fn some_plans_lose_every_action_of_a_saga() {
        let bursts = |seed: &u64| {
            let last = |planned: &PlannedFault| match &planned.trigger {
                Trigger::Message(point) => point.saga.is_some() && point.nth == message::BURST,
                _ => false,
            };
            generate(&SHOP, *seed).faults.iter().any(last)
        };
        assert!((0..100).filter(bursts).count() >= 10);
    }
}
