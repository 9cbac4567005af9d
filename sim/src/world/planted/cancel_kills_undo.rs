//! The task of a saga is a child of its request: when the client disconnects, the task is cancelled, also in the middle of
//! a compensation.
//!
//! In an asynchronous server this happens by default: the handler's future is dropped when the connection closes. The
//! product starts each saga as a task of its own.

use crate::likes::names::LIKE;
use std::any::Any;

use futures::future::BoxFuture;
use likewise_saga::service::KitParts;
use tokio::task::JoinHandle;

use super::PlantedBug;
use crate::world::plan::{Action, Fault, Host, MessagePoint, Operation, Plan};

pub(crate) const PLANTED_BUG: PlantedBug = PlantedBug {
    name: "cancel-kills-undo",
    about: "the client disconnects and takes the compensating task along: the saga never ends",
    caught_by: &["every-saga-ends", "likes-equal-records"],
    kit: || KitParts {
        start_task: child,
        ..KitParts::default()
    },
    plan,
};

/// A like must be compensated, and its client disconnects during the compensation and does not retry.
fn plan() -> Plan {
    let like = MessagePoint::request(Host::CLIENTS, Host::COORDINATOR, LIKE, 1);
    let hasty = Operation {
        retries: 0,
        ..Operation::new(1, Action::Like, 1, 0)
    };
    let mut plan = Plan::new("")
        .with_operation(hasty)
        .with_fault(like, Fault::Disconnect { after_millis: 50 });
    plan.blocked_users = vec![1];
    plan.timing.converge_within_millis = 20_000;
    plan
}

/// Is cancelled with the request that waits for it.
struct Child(JoinHandle<()>);

impl Drop for Child {
    fn drop(&mut self) {
        self.0.abort();
    }
}

fn child(task: BoxFuture<'static, ()>) -> Box<dyn Any + Send> {
    Box::new(Child(tokio::spawn(task)))
}
