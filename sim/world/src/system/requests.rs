//! The requests of a system's clients, and what their answers say.

use bytes::Bytes;
use http::{Method, Request};
use likewise_saga::id::SagaId;
use serde_json::Value;

use super::json_request;
use crate::{
    answer,
    check::Attempt,
    plan::{Fields, Host, MessageKind, Plan},
    record::Outcome,
};

/// How the operations of a system's clients look over HTTP.
pub trait Requests: Sync {
    /// What operations ask for, and their path, if every operation is a `POST` of its fields as JSON to one path. The defaults of
    /// [`request`](Self::request), [`message_kind`](Self::message_kind), [`is_operation`](Self::is_operation) and
    /// [`operation_of`](Self::operation_of) follow from it.
    fn posted(&self) -> (MessageKind, &'static str) {
        (MessageKind::OTHER, "/")
    }

    /// The request for an operation. `to` is the host and port of a coordinator, or of the balancer before them; `key` the
    /// idempotency key.
    fn request(&self, to: &str, what: &Fields, key: Option<&str>) -> Request<Bytes> {
        let (_, path) = self.posted();
        json_request(Method::POST, &format!("http://{to}{path}"), what, key)
    }

    /// What an answer to an operation says about its effect. If it does not say for sure, it is [`Outcome::Unknown`].
    ///
    /// The default reads the answers of the kit's coordinator.
    fn outcome(&self, answer: &Attempt) -> Outcome {
        answer::outcome(answer)
    }

    /// The requests of the set-up, in order, to balancers. Each is repeated until it succeeds, so it must be idempotent.
    /// [`balancer`](crate::balancer) names the host and port of a service.
    fn set_up(&self, plan: &Plan) -> Vec<Request<Bytes>>;

    /// What a request without steps asks for. [`MessageKind::OTHER`] if it is none of the system's own kinds.
    fn message_kind(&self, _to: Host, method: &Method, path: &str) -> MessageKind {
        match self.is_operation(method, path) {
            true => self.posted().0,
            false => MessageKind::OTHER,
        }
    }

    /// Whether a request that has arrived at a coordinator is an operation of a client. It must be answered in time, and may
    /// start a saga.
    fn is_operation(&self, method: &Method, path: &str) -> bool {
        method == Method::POST && path == self.posted().1
    }

    /// What a request does, if it is an operation of a client.
    fn operation_of(&self, request: &Request<Bytes>) -> Option<Fields> {
        serde_json::from_slice(request.body()).ok()
    }

    /// The operations of one prober, which sends one after each *ready* of the coordinator with this number. Their clients
    /// and all that they change belong to no other operation of the plan. Each is a valid operation of a plan with probers.
    fn prober_operations(
        &self,
        plan: &Plan,
        coordinator: i64,
    ) -> Box<dyn Iterator<Item = Fields> + Send + Sync>;

    /// The first request of the reader's read with this number, to a balancer. `None` if there is nothing to read.
    fn read(&self, _plan: &Plan, _number: u64) -> Option<Request<Bytes>> {
        None
    }

    /// The request for the next page of a read. `None` if this answer is the last page.
    fn next_page(&self, _request: &Request<Bytes>, _answer: &Attempt) -> Option<Request<Bytes>> {
        None
    }

    /// Requests that end what made steps refuse, sent before the probes: a step that was refused must stay refused although
    /// it would succeed now. They go to the hosts of services, not to balancers.
    fn end_refusals(&self, plan: &Plan) -> Vec<Request<Bytes>>;

    /// Another operation of the same client. Under the key of the first one it must be refused.
    fn other_operation(&self, what: &Fields) -> Fields;

    /// Other arguments for a step. Under the number of a known step they must be refused. The default is a list of these, which
    /// no action can read; arguments that an action can carry out test more.
    fn other_args(&self, args: Value) -> Value {
        Value::Array(vec![args])
    }

    /// The arguments of a step for this saga, which never existed, such that the action would have an effect and only a
    /// tombstone prevents it. The default takes the arguments of a real action.
    fn args_of_unknown_saga(&self, args: Value, _saga: SagaId) -> Value {
        args
    }
}
