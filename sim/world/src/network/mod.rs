//! The simulated network: requests, the faults on their way, load balancers and partitions.
//!
//! ```text
//!  service ──► FaultyHttpClient ──────────────► sockets ──► arrivals ──► service
//!                  └─► PendingDelivery ─► network host ──┘
//!  leader  ──► FaultyHttpClient ──────────────► sockets ──► receiver of alerts
//! ```

pub(super) mod arrivals;
mod balancer;
pub(crate) mod delivery;
pub(crate) mod event_stream;
pub(crate) mod health_check;
pub(crate) mod http_client;
pub(super) mod links;
pub(crate) mod message;
pub(super) mod network_host;
pub(crate) mod receiver;
pub(super) mod sockets;
mod withheld_body;
