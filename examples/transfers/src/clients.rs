//! The requests of the clients, of the set-up and of the probes.

use bytes::Bytes;
use http::{Method, Request};
use likewise_world::prelude::*;

use super::{
    TRANSFER, Transfer, Transfers,
    workload::{PROBED, SetUp},
};

impl Requests for Transfers {
    fn posted(&self) -> (MessageKind, &'static str) {
        (TRANSFER, "/transfers")
    }

    fn set_up(&self, plan: &Plan) -> Vec<Request<Bytes>> {
        let open = |service| open(&balancer(Name::new(service)), plan, service, false);
        ["accounts", "checks"].map(open).into()
    }

    /// Every account gets plenty of money and of limits, and none is blocked.
    fn end_refusals(&self, plan: &Plan) -> Vec<Request<Bytes>> {
        let open = |service| open(service, plan, service, true);
        ["accounts", "checks"].map(open).into()
    }

    /// Each is of another client. They share two accounts, because a transfer locks its client and no account.
    fn prober_operations(
        &self,
        _: &Plan,
        coordinator: i64,
    ) -> Box<dyn Iterator<Item = Fields> + Send + Sync> {
        let clients = (1 + coordinator) * PROBED[0]..;
        Box::new(clients.map(|client| write_fields(&Transfer::of(client, PROBED, 1))))
    }

    fn other_operation(&self, what: &Fields) -> Fields {
        let mut transfer: Transfer = valid_fields(what);
        transfer.cents += 1;
        write_fields(&transfer)
    }
}

fn open(to: &str, plan: &Plan, service: &str, plenty: bool) -> Request<Bytes> {
    let set_up: SetUp = valid_fields(&plan.set_up);
    let amounts = set_up.amounts(service, plenty);
    let url = format!("http://{to}/v1/amounts");
    json_request(Method::PUT, &url, &amounts, None)
}
