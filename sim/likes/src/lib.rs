//! Likes as a system of the world: their services, clients, invariants, planted bugs and words.
//!
//! The world knows services, messages and sagas of any kind. What a like is, and what must be true of it, is known in this
//! crate alone.
//!
//! ```
//! use likewise_sim_likes::{Action, names::USER, operation, run};
//! use likewise_world::{
//!     plan::{Fault, Host, MessageKind, MessagePoint, Plan},
//!     record::Outcome,
//! };
//!
//! // One like. The first reply of the user service is lost, so the coordinator must ask again.
//! let reply = MessagePoint::reply(Host::COORDINATOR, USER, MessageKind::DO, 1);
//! let plan = Plan::new("lost reply")
//!     .with_operation(operation(1, Action::Like, 1, 0))
//!     .with_fault(reply, Fault::LoseReply);
//!
//! let record = run(&plan)?;
//! assert!(record.is_green());
//! assert_eq!(record.injected, [true], "the fault fired");
//! assert_eq!(record.operations[&Outcome::Ok], 1);
//! assert_eq!(record.sagas.completed, 1);
//! assert_eq!(record.hash, run(&plan)?.hash, "the same events again");
//! # Ok::<(), likewise_world::RunError>(())
//! ```

mod captions;
mod checked;
mod invariants;
mod labels;
pub(crate) mod missing;
pub mod names;
pub(crate) mod observed;
mod operation;
mod parts;
mod planted;
mod prober;
mod problem;
mod reads;
mod requests;
#[cfg(test)]
mod samples;
mod set_up;
mod simpler;
mod system;
mod workload;

pub use missing::MISSING_ARTICLE;
pub use operation::{Action, LikeOperation, operation};
pub use set_up::{LikeSetUp, with_blocked};
pub use system::{LIKES, Likes};
pub use workload::single;

use likewise_world::{RunError, System, plan::Plan, record::RunRecord};

/// The likes as any system.
#[must_use]
pub fn system() -> &'static dyn System {
    &LIKES
}

/// Runs a plan of likes.
///
/// # Errors
/// As [`run`](likewise_world::run::run).
pub fn run(plan: &Plan) -> Result<RunRecord, RunError> {
    likewise_world::run::run(system(), plan)
}
