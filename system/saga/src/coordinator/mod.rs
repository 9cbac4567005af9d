//! The coordinator of any saga: turns a client's request into a saga, drives the saga and gives its outcome.
//!
//! ```text
//!                 routes ──► forward (on a standby: send the request to the leader)
//!                   │
//!                   ▼
//!  request ──► leadership::Term ──► executor ──► participants ──► the services
//!                   ▲                  │
//!               recovery ◄─────────────┴──► saga log
//! ```
//!
//! A product tells what its sagas are ([`Product`]), how to reach its services ([`Participant`]) and what a client asks for
//! ([`SagaRequest`]). Its routes call [`Coordinator::execute`] and turn the outcome into a response.
//!
//! Several coordinators may share one saga log. One is the leader; it holds the log's lease and
//! drives the sagas. The others are standbys. Everything that the leader keeps in memory belongs to
//! a `leadership::Term` and is dropped when the term ends.
//!
//! Where to read next: `request` for the path of one request, `leadership` for the lease and takeover,
//! `participants` for the requests to the services, `retention` for what is deleted, `transactions` for the public view of the saga log, `operations` for what
//! operators see and order.
//! [`service`](crate::service) starts a coordinator over a database.

mod alert_routes;
mod bounds;
mod config;
mod forward;
mod instance;
mod keyed_mutex;
mod leadership;
pub(crate) mod metrics;
mod operations;
mod participants;
mod product;
mod recovery;
mod request;
mod retention;
mod routes;
mod status;
mod transactions;

pub(crate) use alert_routes::alert_routes;
pub use bounds::{bounds, heals_within, pause_longest, settles_within};
pub use config::{AdmissionLimit, CoordinatorConfig};
pub use instance::Coordinator;
pub(crate) use instance::Dependencies;
pub use leadership::{CoordinatorStatus, Lease};
pub use operations::{OrderTag, SeenSaga, order_tag};
pub(crate) use operations::{console, operate_routes, read_routes};
pub(crate) use participants::step_counts;
pub use participants::{BatchedClient, Participant, Probe, http_probe};
pub use product::{Product, nobody};
pub use recovery::RecoveryConfig;
pub use request::{
    Execution, NoOp, PlainRequest, RequestError, RequestOutcome, SagaRequest, Unsettled,
};
pub use retention::{Keep, Limit, Retention, RetentionError};
pub(crate) use routes::routes;
pub use transactions::{EventsConfig, InvalidKey, TICKET_KEY_BYTES_MIN, TicketKey};
