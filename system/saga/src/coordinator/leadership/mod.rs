//! Leadership: which coordinator drives the sagas of a log, and for how long.
//!
//! ```text
//!             lease row unchanged for a whole lease, released, or our own ended term
//!   standby ─────────── claim: compare-and-set on (epoch, renewals) ─────────► leader
//!           ◄──────────────── fenced, or not renewed in time ─────────────────
//! ```
//!
//! **Epochs are the safety mechanism; times only limit the waiting.** The lease row holds no time. A
//! standby measures by its own steady clock how long the row did not change. A takeover raises the
//! epoch, and the saga log refuses appends under an older one. A former leader that does not know it
//! yet (a *zombie*) can only send steps, and barrier rows make those harmless.
//!
//! **A takeover works like a start.** The new leader reads every open saga before it serves requests.
//! An append holds a shared lock on the lease row until its commit. So an append of the former leader
//! either is visible to the new leader's scan, or is refused.
//!
//! **A zombie must not give a false answer.** A coordinator may be one without knowing it, so each answer needs a
//! reason why it is true all the same:
//!
//! | answer | why it is true |
//! |---|---|
//! | the outcome of a saga | It follows from barrier rows, which never change again. Every coordinator finds the same. |
//! | "nothing to do", under an `Idempotency-Key` | It is appended to the log after the checks, which proves the epoch. |
//! | "nothing to do", without a key | The epoch is read after the checks, see [`Term::verify_epoch`]. |
//! | 422 for a reused key | The request that is stored under a key never changes. |
//! | 409 in progress, 503 | They claim nothing about the state. |
//! | the transaction log | It is read from the log, or shows a saga that is driven here. |
//!
//! **A coordinator does not call itself the leader when it is not.** Its role and its readiness are verified by reading the
//! epoch when they are asked for. Without a lease it also reads the epoch once a second, and the process ends when it is over.
//!
//! Files: `handle.rs` (what the coordinator uses), `lease.rs` (times), `standby.rs` (when to claim; no I/O), `lease_keeper.rs` (the task),
//! `epoch_watch.rs` (without a lease), `term.rs` (what a leader holds in memory), `leader_state.rs`, `status.rs` (what clients see).

mod bounds;
mod epoch_watch;
mod leader_state;

mod handle;
mod lease;
mod lease_keeper;
mod standby;
mod status;
mod term;

pub(super) use bounds::bounds;
pub(super) use handle::Leadership;
pub use lease::Lease;
pub use status::CoordinatorStatus;
pub(super) use term::{EpochError, Term, TermFactory};
