//! The load balancer in front of each service: one process after another, without a look at which
//! of them is up.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};

use bytes::Bytes;
use http::{Request, Uri, uri::Authority};

use crate::world::plan::{Service, Topology};

/// A process's view of the load balancers.
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

    /// Sends a request that is for any process of a service to one of them. Any other is left as
    /// it is.
    pub(super) fn direct(&self, mut request: Request<Bytes>) -> Request<Bytes> {
        let service = request.uri().host().and_then(Service::at);
        if let Some(service) = service {
            let mut parts = request.uri().clone().into_parts();
            let name = self.next(service);
            parts.authority = Some(Authority::from_static(name));
            // Only the name has changed.
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
    fn processes_take_turns_and_a_named_machine_is_left_alone() {
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
