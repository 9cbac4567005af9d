//! The task of a saga is a child of its request: when the client disconnects, the task is cancelled, also in the middle of
//! a compensation.
//!
//! In an asynchronous server this happens by default: the handler's future is dropped when the connection closes. The
//! product starts each saga as a task of its own.

use std::any::Any;

use futures::future::BoxFuture;
use likewise_saga::service::KitParts;
use tokio::task::JoinHandle;

use super::{Change, KitBug, product};

/// The bug.
pub const BUG: KitBug = KitBug {
    name: "cancel-kills-undo",
    about: "the client disconnects and takes the compensating task along: the saga never ends",
    change: Change::Kit(|| KitParts {
        start_task: child,
        ..product()
    }),
};

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
