//! The hosts of a simulated run, and how many processes each service has.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A simulated host.
///
/// The number of a variant is part of the entropy seed of its processes: keep the order.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Host {
    /// The host of the clients.
    Clients,
    /// The saga coordinator.
    Coordinator,
    /// A second coordinator on the same saga log.
    #[serde(rename = "coordinator-2")]
    Coordinator2,
    /// A third coordinator.
    #[serde(rename = "coordinator-3")]
    Coordinator3,
    /// The article service.
    Article,
    /// A second process of the article service on the same database.
    #[serde(rename = "article-2")]
    Article2,
    /// The user service.
    User,
    /// A second process of the user service on the same database.
    #[serde(rename = "user-2")]
    User2,
    /// The network host: it delivers requests that were held back or repeated.
    Network,
}

/// A service. Its replicas share one database.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Service {
    /// Drives sagas.
    Coordinator,
    /// Owns the like counts.
    Article,
    /// Owns the like records.
    User,
}

impl Service {
    /// All services.
    pub const ALL: [Self; 3] = [Self::Coordinator, Self::Article, Self::User];

    /// The hosts that it can run on, in order.
    #[must_use]
    pub fn hosts(self) -> &'static [Host] {
        match self {
            Self::Coordinator => &[Host::Coordinator, Host::Coordinator2, Host::Coordinator3],
            Self::Article => &[Host::Article, Host::Article2],
            Self::User => &[Host::User, Host::User2],
        }
    }

    /// Its name, which is also the name of its first host and of its database.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.hosts()[0].name()
    }

    /// The name of its load balancer, under which any of its processes answers.
    #[must_use]
    pub fn address(self) -> &'static str {
        match self {
            Self::Coordinator => "any-coordinator",
            Self::Article => "any-article",
            Self::User => "any-user",
        }
    }

    /// The service whose load balancer has this name.
    #[must_use]
    pub fn at(address: &str) -> Option<Self> {
        let has = |service: &Self| service.address() == address;
        Self::ALL.into_iter().find(has)
    }
}

impl Host {
    /// Every host.
    const ALL: [Self; 9] = [
        Self::Clients,
        Self::Coordinator,
        Self::Coordinator2,
        Self::Coordinator3,
        Self::Article,
        Self::Article2,
        Self::User,
        Self::User2,
        Self::Network,
    ];

    /// The first host of each service, which every run has.
    pub const SERVICES: [Self; 3] = [Self::Coordinator, Self::Article, Self::User];

    /// Its name in the simulated DNS.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Clients => "clients",
            Self::Coordinator => "coordinator",
            Self::Coordinator2 => "coordinator-2",
            Self::Coordinator3 => "coordinator-3",
            Self::Article => "article",
            Self::Article2 => "article-2",
            Self::User => "user",
            Self::User2 => "user-2",
            Self::Network => "network",
        }
    }

    /// The host of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|host| host.name() == name)
    }

    /// The first host of its service, which stands for the database of the service. A host without a service stands for
    /// itself.
    #[must_use]
    pub fn first(self) -> Self {
        self.service().map_or(self, |service| service.hosts()[0])
    }

    /// The service on this host. `None` for the clients and the network.
    #[must_use]
    pub fn service(self) -> Option<Service> {
        let on = |service: &Service| service.hosts().contains(&self);
        Service::ALL.into_iter().find(on)
    }

    /// Whether it is the host of a coordinator.
    #[must_use]
    pub fn is_coordinator(self) -> bool {
        self.service() == Some(Service::Coordinator)
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// How many processes each service has.
///
/// Several processes of a service share its database, as with a database server. A single process has its database on its
/// own disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Topology {
    /// Coordinators, 1 to 3.
    pub coordinators: u8,
    /// Processes of the article service, 1 or 2.
    pub articles: u8,
    /// Processes of the user service, 1 or 2.
    pub users: u8,
}

impl Default for Topology {
    fn default() -> Self {
        Self {
            coordinators: 1,
            articles: 1,
            users: 1,
        }
    }
}

impl Topology {
    /// The number of processes of a service.
    #[must_use]
    pub fn replicas(&self, service: Service) -> u8 {
        match service {
            Service::Coordinator => self.coordinators,
            Service::Article => self.articles,
            Service::User => self.users,
        }
    }

    /// The hosts of a service.
    #[must_use]
    pub fn hosts_of(&self, service: Service) -> &'static [Host] {
        let all = service.hosts();
        &all[..usize::from(self.replicas(service)).min(all.len())]
    }

    /// The host on which an operator can start one more coordinator. `None` if there is none left.
    #[must_use]
    pub fn second_coordinator(&self) -> Option<Host> {
        let all = Service::Coordinator.hosts();
        all.get(usize::from(self.coordinators)).copied()
    }

    /// The hosts of all services.
    pub fn hosts(&self) -> impl Iterator<Item = Host> + use<> {
        let this = *self;
        let of = move |service| this.hosts_of(service).iter().copied();
        Service::ALL.into_iter().flat_map(of)
    }

    /// All hosts: those of the services, the clients and the network.
    pub fn machines(&self) -> impl Iterator<Item = Host> + use<> {
        self.hosts().chain([Host::Clients, Host::Network])
    }

    /// Whether several processes of a service share its database.
    #[must_use]
    pub fn is_shared(&self, service: Service) -> bool {
        self.replicas(service) > 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_in_a_plan_is_the_name_in_the_network() {
        for host in Host::ALL {
            let json = serde_json::to_string(&host).unwrap();
            assert_eq!(json, format!("\"{host}\""));
            assert_eq!(Host::named(host.name()), Some(host));
        }
    }

    #[test]
    fn replicas_are_hosts_of_their_service() {
        let topology = Topology {
            coordinators: 3,
            articles: 1,
            users: 2,
        };
        let names: Vec<_> = topology.hosts().map(Host::name).collect();
        assert_eq!(
            names,
            [
                "coordinator",
                "coordinator-2",
                "coordinator-3",
                "article",
                "user",
                "user-2"
            ]
        );
        assert!(topology.is_shared(Service::User) && !topology.is_shared(Service::Article));
    }
}
