//! How many processes each service has, as a plan says it.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Host, Name};

/// The most coordinators of a system.
pub(in crate::world) const COORDINATORS_MAX: u8 = 3;

/// How many processes each service has: one, unless it is named here.
///
/// Several processes of a service share its database, as with a database server. A single process has its database on its
/// own disk.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Topology(#[schemars(with = "BTreeMap<String, u8>")] BTreeMap<Name, u8>);

impl Topology {
    /// The same topology, with this number of processes of a service.
    #[must_use]
    pub fn with(mut self, service: Name, replicas: u8) -> Self {
        self.0.remove(&plural(service));
        match replicas {
            1 => self.0.remove(&service),
            _ => self.0.insert(service, replicas),
        };
        self
    }

    /// The number of processes of a service.
    ///
    /// Plans of earlier versions name services in the plural.
    #[must_use]
    pub fn replicas(&self, service: Name) -> u8 {
        let found = self
            .0
            .get(&service)
            .or_else(|| self.0.get(&plural(service)));
        found.copied().unwrap_or(1)
    }

    /// The hosts of a service.
    #[must_use]
    pub fn hosts_of(&self, service: Name) -> Vec<Host> {
        let replicas = 1..=self.replicas(service);
        replicas
            .map(|number| Host::replica(service, number))
            .collect()
    }

    /// Whether this topology has a host of a service.
    #[must_use]
    pub fn has(&self, host: Host) -> bool {
        host.service()
            .is_none_or(|service| host.number() <= self.replicas(service))
    }

    /// The services that are named here.
    pub fn named(&self) -> impl Iterator<Item = Name> {
        self.0.keys().copied()
    }

    /// The host on which an operator can start one more coordinator. `None` if there is none left.
    #[must_use]
    pub fn second_coordinator(&self) -> Option<Host> {
        let coordinators = self.replicas(Name::COORDINATOR);
        (coordinators < COORDINATORS_MAX)
            .then(|| Host::replica(Name::COORDINATOR, coordinators + 1))
    }

    /// Whether several processes of a service share its database.
    #[must_use]
    pub fn is_shared(&self, service: Name) -> bool {
        self.replicas(service) > 1
    }

    /// A name that is none of these services, in the singular or the plural.
    #[must_use]
    pub fn unknown(&self, services: &[Name]) -> Option<Name> {
        let is_known = |name: &Name| {
            services
                .iter()
                .any(|service| service == name || plural(*service) == *name)
        };
        self.0.keys().copied().find(|name| !is_known(name))
    }
}

fn plural(service: Name) -> Name {
    Name::kept(&format!("{service}s"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const QUEUE: Name = Name::new("queue");

    #[test]
    fn a_service_that_is_not_named_has_one_process() {
        let topology = Topology::default().with(QUEUE, 3);
        assert_eq!(topology.replicas(QUEUE), 3);
        assert_eq!(topology.replicas(Name::new("store")), 1);
        assert_eq!(topology.with(QUEUE, 1), Topology::default());
    }

    #[test]
    fn a_topology_of_an_earlier_version_is_read() {
        let read: Topology = serde_json::from_str(r#"{"queues":2}"#).unwrap();
        assert_eq!(read.replicas(QUEUE), 2);
        assert_eq!(read.unknown(&[QUEUE]), None);
        assert_eq!(read.unknown(&[]), Some(Name::new("queues")));
        assert_eq!(read.with(QUEUE, 1), Topology::default());
    }
}
