//! The services and hosts of a run, in the order of its system.

use std::collections::BTreeSet;

use likewise_world::{
    plan::Host,
    record::{EventKind, RunRecord},
};

/// The services. An older record does not name them. They are then in the order of their first starts.
pub(crate) fn services(record: &RunRecord) -> Vec<&str> {
    if !record.services.is_empty() {
        return record.services.iter().map(|name| &**name).collect();
    }
    let mut services = Vec::new();
    for event in &record.events {
        if let (EventKind::Started { .. }, Some(service)) = (&event.kind, event.host.service())
            && !services.contains(&service.text())
        {
            services.push(service.text());
        }
    }
    services
}

/// These hosts in order: the clients, then the hosts of each service. The network is left out: it is no participant.
pub(crate) fn in_order(record: &RunRecord, hosts: impl IntoIterator<Item = Host>) -> Vec<Host> {
    let services = services(record);
    let hosts: BTreeSet<Host> = hosts.into_iter().collect();
    let mut hosts: Vec<Host> = hosts.into_iter().collect();
    hosts.retain(|host| *host != Host::NETWORK);
    // The set is sorted by number within a service, and the sort is stable.
    hosts.sort_by_key(|host| {
        let service = host.service()?;
        let place = services.iter().position(|it| *it == service.text());
        Some(place.unwrap_or(services.len()))
    });
    hosts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples::records::{self, STORE, TILL};

    #[test]
    fn hosts_are_in_the_order_of_the_services() {
        let mut record = records::green();
        record.services.swap(1, 2);
        let second = Host::named("coordinator-2");
        let hosts = [
            STORE,
            TILL,
            Host::NETWORK,
            second,
            STORE,
            Host::COORDINATOR,
            Host::CLIENTS,
        ];
        let ordered = [Host::CLIENTS, Host::COORDINATOR, second, TILL, STORE];
        assert_eq!(in_order(&record, hosts), ordered);
    }

    /// It names no services, so the order of their starts counts.
    #[test]
    fn an_older_record_has_services_too() {
        let services = services(&records::older()).join(" ");
        assert_eq!(services, "coordinator store till");
    }
}
