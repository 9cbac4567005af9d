//! The hosts of a run: those of the system's services, as many as the plan's topology has.

use indexmap::IndexMap;

use super::{
    plan::{COORDINATORS_MAX, Host, Name, Plan, Topology},
    system::ServiceSpec,
};

/// The hosts of a run, by service, in the order in which the system declares its services.
#[derive(Debug, Clone)]
pub struct Hosts {
    services: IndexMap<Name, Vec<Host>>,
    /// The number of each host that the system can have. It is part of the entropy seed of its processes, so it does not
    /// depend on the topology.
    numbers: IndexMap<Host, u64>,
    /// Whether the run has a receiver of alerts.
    has_receiver: bool,
}

impl Hosts {
    /// The hosts of these services in this topology.
    #[must_use]
    pub fn new(services: &[ServiceSpec], topology: &Topology) -> Self {
        let hosts = |service: &ServiceSpec| {
            let replicas = 1..=topology.replicas(service.name).min(service.replicas_max);
            let hosts = replicas.map(|number| Host::replica(service.name, number));
            (service.name, hosts.collect())
        };
        let possible = |service: &ServiceSpec| {
            let name = service.name;
            // An operator may start one coordinator more than the topology has.
            let most = match name {
                Name::COORDINATOR => COORDINATORS_MAX,
                _ => service.replicas_max,
            };
            (1..=most).map(move |number| Host::replica(name, number))
        };
        let all = [Host::CLIENTS]
            .into_iter()
            .chain(services.iter().flat_map(possible))
            // The receiver is the last one, so the others have the numbers that they had before there was one.
            .chain([Host::NETWORK, Host::RECEIVER]);
        Self {
            services: services.iter().map(hosts).collect(),
            numbers: all.zip(0..).collect(),
            has_receiver: false,
        }
    }

    /// The hosts of a run of this plan.
    #[must_use]
    pub fn of_plan(services: &[ServiceSpec], plan: &Plan) -> Self {
        Self {
            has_receiver: plan.receiver.is_some(),
            ..Self::new(services, &plan.topology)
        }
    }

    /// The receiver of alerts, if the run has one.
    #[must_use]
    pub fn receiver(&self) -> Option<Host> {
        self.has_receiver.then_some(Host::RECEIVER)
    }

    /// The hosts of a service.
    #[must_use]
    pub fn of(&self, service: Name) -> &[Host] {
        self.services.get(&service).map_or(&[], Vec::as_slice)
    }

    /// The hosts of all services.
    pub fn all(&self) -> impl Iterator<Item = Host> {
        self.services.values().flatten().copied()
    }

    /// All hosts: those of the services, the clients, the network, and the receiver of alerts if there is one.
    pub fn machines(&self) -> impl Iterator<Item = Host> {
        let others = [Host::CLIENTS, Host::NETWORK];
        self.all().chain(others).chain(self.receiver())
    }

    /// The number of a host, also of one that this topology lacks.
    #[must_use]
    pub fn number(&self, host: Host) -> u64 {
        self.numbers.get(&host).copied().unwrap_or(0)
    }

    /// Whether a host is in this topology, or belongs to no service.
    #[must_use]
    pub fn contains(&self, host: Host) -> bool {
        self.machines().any(|known| known == host)
    }

    /// The service whose load balancer has this name.
    #[must_use]
    pub fn balanced(&self, address: &str) -> Option<Name> {
        let service = address.strip_prefix(BALANCER)?;
        self.services
            .keys()
            .copied()
            .find(|name| name.text() == service)
    }
}

/// What the name of a load balancer begins with.
const BALANCER: &str = "any-";

/// The name of a service's load balancer, under which any of its processes answers.
#[must_use]
pub fn balancer(service: Name) -> String {
    format!("{BALANCER}{service}")
}
