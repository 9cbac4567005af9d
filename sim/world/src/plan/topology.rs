//! How many processes each service has, as a plan says it.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, de};

use super::{Host, Name};

/// The most coordinators of a system.
pub const COORDINATORS_MAX: u8 = 3;

/// How many processes each service has: one, unless it is named here.
///
/// Several processes of a service share its database, as with a database server. A single process has its database on its
/// own disk.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(transparent)]
pub struct Topology(#[schemars(with = "BTreeMap<String, u8>")] BTreeMap<Name, u8>);

impl Topology {
    /// The same topology, with this number of processes of a service.
    #[must_use]
    pub fn with(mut self, service: Name, replicas: u8) -> Self {
        match replicas {
            1 => self.0.remove(&service),
            _ => self.0.insert(service, replicas),
        };
        self
    }

    /// The number of processes of a service.
    #[must_use]
    pub fn replicas(&self, service: Name) -> u8 {
        self.0.get(&service).copied().unwrap_or(1)
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

    /// A name that is none of these services.
    #[must_use]
    pub fn unknown(&self, services: &[Name]) -> Option<Name> {
        self.named().find(|name| !services.contains(name))
    }
}

/// Plans of earlier versions name every service in the plural, the coordinators among them.
impl<'de> Deserialize<'de> for Topology {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let named: BTreeMap<Name, u8> = BTreeMap::deserialize(deserializer)?;
        let is_earlier = named.keys().any(|name| name.text() == "coordinators");
        let mut topology = BTreeMap::new();
        for (name, replicas) in named {
            let singular = match name.text().strip_suffix('s') {
                Some(singular) if is_earlier => Name::new(singular),
                _ => name,
            };
            if topology.insert(singular, replicas).is_some() {
                let twice = format!("the service {singular} is named twice");
                return Err(de::Error::custom(twice));
            }
        }
        topology.retain(|_, replicas| *replicas != 1);
        Ok(Self(topology))
    }
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
    fn a_topology_of_an_earlier_version_is_the_same_as_a_new_one() {
        let read: Topology = serde_json::from_str(r#"{"coordinators":1,"queues":2}"#).unwrap();
        assert_eq!(read, Topology::default().with(QUEUE, 2));
        assert_eq!(read.unknown(&[QUEUE]), None);
        assert_eq!(read.unknown(&[]), Some(QUEUE));
    }

    #[test]
    fn the_name_of_a_service_may_be_a_plural() {
        let accounts = Topology::default().with(Name::new("accounts"), 2);
        let written = serde_json::to_string(&accounts).unwrap();
        assert_eq!(
            serde_json::from_str::<Topology>(&written).unwrap(),
            accounts
        );
    }

    #[test]
    fn a_service_that_is_named_twice_is_refused() {
        let read = serde_json::from_str::<Topology>(r#"{"coordinators":1,"queue":1,"queues":3}"#);
        let error = read.unwrap_err().to_string();
        assert!(
            error.contains("the service queue is named twice"),
            "{error}"
        );
    }
}
