//! The load balancer of each service: round robin, without health checks. A request may go to a process that is down,
//! as it does until a real balancer notices.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};

use bytes::Bytes;
use http::{Request, Uri, uri::Authority};

use crate::world::plan::{Service, Topology};

/// The load balancers, as one process sees them. Each process has its own counters.
///
/// Counters per process and not per run: two processes that share one counter would make each other's requests depend
/// on the order in which they run.
pub(super) struct Balancer {
    topology: Topology,
    asked: Mutex<BTreeMap<Service, usize>>,
}

impl Balancer {
    pub(super) fn new(topology: Topology) -> Self {
        Self {
            topology,
            asked: Mutex::default(),
        }
    }

    /// Directs a request for any process of a service to the next one of them. A request for one host stays as it is.
    pub(super) fn direct(&self, mut request: Request<Bytes>) -> Request<Bytes> {
        let service = request.uri().host().and_then(Service::at);
        if let Some(service) = service {
            let mut parts = request.uri().clone().into_parts();
            let name = self.next(service);
            parts.authority = Some(Authority::from_static(name));
            // Only the host name changed, so the parts still form a URI.
            *request.uri_mut() = Uri::from_parts(parts).unwrap_or_default();
        }
        request
    }

    fn next(&self, service: Service) -> &'static str {
        let hosts = self.topology.hosts_of(service);
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

    #[test]
    fn processes_take_turns_and_a_request_for_one_host_stays_as_it_is() {
        let balancer = Balancer::new(Topology {
            users: 2,
            ..Topology::default()
        });
        let to = |uri: &str| {
            let request = Request::get(uri).body(Bytes::new()).unwrap();
            balancer.direct(request).uri().to_string()
        };
        assert_eq!(to("http://any-user/x"), "http://user/x");
        assert_eq!(to("http://any-user/x"), "http://user-2/x");
        assert_eq!(to("http://any-article/x?y=1"), "http://article/x?y=1");
        assert_eq!(to("http://user-2/x"), "http://user-2/x");
    }
}
