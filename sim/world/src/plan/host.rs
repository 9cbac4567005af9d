//! Hosts: where the clients, the processes of the services and the network run.

use std::{borrow::Cow, cmp::Ordering, fmt};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

use super::Name;

/// A simulated host. Its name is its service's, and from the second replica on a number: `coordinator-2`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Host(Name);

impl Host {
    /// The host of the clients.
    pub const CLIENTS: Self = Self::constant("clients");
    /// The network host: it delivers requests that were held back or repeated.
    pub const NETWORK: Self = Self::constant("network");

    /// The receiver of alerts. Only plans with one have this host.
    pub const RECEIVER: Self = Self::constant("receiver");

    /// The first coordinator. Every system has a service of this name, which drives its sagas and owns the saga log. The
    /// other services execute steps.
    pub const COORDINATOR: Self = Self::constant("coordinator");

    /// The host of this name.
    #[must_use]
    pub const fn constant(name: &'static str) -> Self {
        Self(Name::new(name))
    }

    /// The first host of a service.
    #[must_use]
    pub const fn first_of(service: Name) -> Self {
        Self(service)
    }

    /// The host of a service's replica of this number, from 1.
    #[must_use]
    pub fn replica(service: Name, number: u8) -> Self {
        match number {
            0 | 1 => Self(service),
            _ => Self(Name::kept(&format!("{service}-{number}"))),
        }
    }

    /// The host of this name.
    #[must_use]
    pub fn named(name: &str) -> Self {
        Self(Name::kept(name))
    }

    /// Its name in the simulated DNS.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.0.text()
    }

    /// Whether it is a host of the coordinator.
    #[must_use]
    pub fn is_coordinator(self) -> bool {
        self.first() == Self::COORDINATOR
    }

    /// The service on this host. `None` for the clients, the network and the receiver of alerts.
    #[must_use]
    pub fn service(self) -> Option<Name> {
        let without = [Self::CLIENTS, Self::NETWORK, Self::RECEIVER];
        (!without.contains(&self)).then(|| self.without_number().0)
    }

    /// The first host of its service, which stands for the database of the service. A host without a service stands for
    /// itself.
    #[must_use]
    pub fn first(self) -> Self {
        Self(self.without_number().0)
    }

    /// The name of its service, and the number of the replica, from 1.
    fn without_number(self) -> (Name, u8) {
        let name = self.name();
        let split = name.rsplit_once('-');
        let numbered = split.and_then(|(service, number)| Some((service, number.parse().ok()?)));
        numbered.map_or((self.0, 1), |(service, number)| {
            (Name::new(service), number)
        })
    }

    /// The number of the replica on this host, from 1.
    #[must_use]
    pub fn number(self) -> u8 {
        self.without_number().1
    }
}

/// In the order in which a request meets them: clients, coordinators, the other services by name, the network, the receiver.
impl Ord for Host {
    fn cmp(&self, other: &Self) -> Ordering {
        let place = |host: &Self| match host.without_number().0 {
            service if service == Self::CLIENTS.0 => 0,
            service if service == Self::COORDINATOR.0 => 1,
            service if service == Self::NETWORK.0 => 3,
            service if service == Self::RECEIVER.0 => 4,
            _ => 2,
        };
        let key = |host: &Self| (place(host), host.without_number());
        key(self).cmp(&key(other))
    }
}

impl PartialOrd for Host {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl JsonSchema for Host {
    fn schema_name() -> Cow<'static, str> {
        "Host".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "The name of a service, from its second replica on with a number: `coordinator-2`. Also `clients`, `network`, and `receiver`, which gets alerts.",
            "type": "string"
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_a_replica_of_its_service() {
        let service = Name::new("work-queue");
        let second = Host::replica(service, 2);
        assert_eq!(second.name(), "work-queue-2");
        assert_eq!(second.first(), Host::first_of(service));
        assert_eq!((second.service(), second.number()), (Some(service), 2));
        assert_eq!(Host::first_of(service).number(), 1);
        assert_eq!(Host::CLIENTS.service(), None);
        assert_eq!(Host::RECEIVER.service(), None);
    }

    #[test]
    fn hosts_are_in_the_order_in_which_a_request_meets_them() {
        let names = [
            "receiver",
            "network",
            "b-2",
            "b",
            "a",
            "coordinator",
            "clients",
        ];
        let mut hosts = names.map(Host::named);
        hosts.sort();
        let names = hosts.map(Host::name);
        assert_eq!(
            names,
            [
                "clients",
                "coordinator",
                "a",
                "b",
                "b-2",
                "network",
                "receiver"
            ]
        );
    }

    #[test]
    fn a_name_in_a_plan_is_the_name_in_the_network() {
        let host = Host::replica(Name::new("queue"), 3);
        let json = serde_json::to_string(&host).unwrap();
        assert_eq!(json, "\"queue-3\"");
        assert_eq!(serde_json::from_str::<Host>(&json).unwrap(), host);
    }
}
