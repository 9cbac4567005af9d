//! The topology of a swarm plan, and the spread of its faults over the replicas.
//!
//! Several processes of one service find mistakes that one process cannot have: state that each keeps for itself, and
//! two coordinators that both believe that they hold the saga log.

use rand::{RngExt, seq::IndexedRandom};
use rand_pcg::Pcg64Mcg;

use crate::{
    ServiceSpec,
    plan::{Fault, Host, Name, PlannedFault, Topology},
};

/// Draws a topology. Most seeds have one process per service, which runs fastest.
pub(super) fn draw(rng: &mut Pcg64Mcg, services: &[ServiceSpec]) -> Topology {
    let topology = Topology::default();
    if rng.random_ratio(3, 5) {
        return topology;
    }
    services.iter().fold(topology, |topology, service| {
        topology.with(service.name, rng.random_range(1..=service.replicas_max))
    })
}

/// Spreads faults over the replicas: they were drawn for the first process of each service. Faults that are impossible in
/// this topology are dropped.
///
/// Drawing faults for services and spreading them afterwards keeps the faults of a seed the same in every topology.
pub(super) fn spread(rng: &mut Pcg64Mcg, topology: &Topology, faults: &mut Vec<PlannedFault>) {
    let coordinators = topology.replicas(Name::COORDINATOR);
    faults.retain(|planned| match planned.fault {
        Fault::Zombie { .. } => coordinators > 1,
        Fault::UnreadableRow { .. } => coordinators == 1,
        Fault::SecondProcess { .. } => topology.second_coordinator().is_some(),
        _ => true,
    });
    for planned in faults {
        let mut one_of = |host: Host| match host.service() {
            Some(service) => *topology.hosts_of(service).choose(rng).unwrap_or(&host),
            None => host,
        };
        planned.trigger = planned.trigger.clone().on_hosts(&mut one_of);
        planned.fault = planned.fault.on_hosts(&mut one_of);
    }
}
