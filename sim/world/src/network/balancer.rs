//! The load balancer of each service: round robin, without health checks. A request may go to a process that is down,
//! as it does until a real balancer notices.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};

use bytes::Bytes;
use http::{Request, Uri, uri::Authority};

use crate::{hosts::Hosts, plan::Name};

/// The load balancers, as one process sees them. Each process has its own counters.
///
/// Counters per process and not per run: two processes that share one counter would make each other's requests depend
/// on the order in which they run.
pub(super) struct Balancer {
    hosts: Hosts,
    asked: Mutex<BTreeMap<Name, usize>>,
}

impl Balancer {
    pub(super) fn new(hosts: Hosts) -> Self {
        Self {
            hosts,
            asked: Mutex::default(),
        }
    }

    /// Directs a request for any process of a service to the next one of them. A request for one host stays as it is.
    pub(super) fn direct(&self, mut request: Request<Bytes>) -> Request<Bytes> {
        let address = request.uri().host();
        let service = address.and_then(|address| self.hosts.balanced(address));
        if let Some(service) = service {
            let mut parts = request.uri().clone().into_parts();
            let name = self.next(service);
            parts.authority = Some(Authority::from_static(name));
            // Only the host name changed, so the parts still form a URI.
            *request.uri_mut() = Uri::from_parts(parts).unwrap_or_default();
        }
        request
    }

    fn next(&self, service: Name) -> &'static str {
        let hosts = self.hosts.of(service);
        let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        let turn = asked.entry(service).or_default();
        let host = hosts[*turn % hosts.len()];
        *turn += 1;
        host.name()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{plan::Topology, testing::SERVICES};

    #[test]
    fn processes_take_turns_and_a_request_for_one_host_stays_as_it_is() {
        let store = SERVICES[1].name;
        let topology = Topology::default().with(store, 2);
        let balancer = Balancer::new(Hosts::new(&SERVICES, &topology));
        let to = |uri: &str| {
            let request = Request::get(uri).body(Bytes::new()).unwrap();
            balancer.direct(request).uri().to_string()
        };
        assert_eq!(to("http://any-store/x"), "http://store/x");
        assert_eq!(to("http://any-store/x"), "http://store-2/x");
        assert_eq!(
            to("http://any-coordinator/x?y=1"),
            "http://coordinator/x?y=1"
        );
        assert_eq!(to("http://store-2/x"), "http://store-2/x");
    }
}
