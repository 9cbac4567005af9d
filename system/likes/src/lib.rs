//! Likewise: a like service whose saga is tested the way it is deployed.
//!
//! ```text
//!  client ──► coordinator ──► article service   (the like count)
//!                  │     └──► user service      (the like record)
//!                  ▼
//!              saga log
//! ```
//!
//! Three services have three databases and no shared transaction. A saga ties them together. Every step is
//! safe to repeat, to arrive late and to arrive out of order, because each service writes a
//! [barrier](likewise_barrier) row in the same transaction as the step's effect.
//!
//! # One like, from HTTP to the barrier and back
//!
//! Paths are relative to `system/`. `POST /articles/1/like` takes this way:
//!
//! | hop | what happens | file |
//! |---|---|---|
//! | 1 | The listener applies limits and calls the route. | `saga/src/http/serve.rs` |
//! | 2 | A standby forwards the request to the leader. | `saga/src/coordinator/forward.rs` |
//! | 3 | The route reads path, headers and body into a [`LikeRequest`](coordinator::LikeRequest). | `likes/src/coordinator/like/routes.rs` |
//! | 4 | The request takes permits and the lock of its user and article. | `saga/src/coordinator/request/admission.rs` |
//! | 5 | Key, checks, and the new saga's row. | `saga/src/coordinator/request/execute.rs`, `likes/src/coordinator/like/execute.rs` |
//! | 6 | The row is committed to the log, with the epoch; then the saga's task starts. | `saga/src/executor/start.rs` |
//! | 7 | The task asks the rules what to do: send the first step. | `protocol/src/decide.rs` |
//! | 8 | The steps are those of a [`LikeSaga`](coordinator::LikeSaga). | `likes/src/coordinator/like_saga.rs` |
//! | 9 | A queue gathers the steps to one service into a batch. | `saga/src/coordinator/participants/batched_client.rs` |
//! | 10 | The batch goes out as `POST /v1/steps`, or stays in the process. | `saga/src/participant/http_client.rs` |
//! | 11 | The service applies the batch in one transaction. | `saga/src/participant/steps.rs` |
//! | 12 | The barrier inserts a row per step, and the insert decides. | `saga/src/participant/barrier_batch.rs`, `barrier/src/rules.rs` |
//! | 13 | The effect changes the count or inserts the record. | `likes/src/article/effect.rs`, `likes/src/user/effect.rs` |
//! | 14 | After the commit, the replies return to the tasks that wait for them. | `saga/src/coordinator/participants/participant.rs` |
//! | 15 | All steps are done: the task publishes the outcome, and logs it later. | `saga/src/executor/saga_task.rs` |
//! | 16 | The outcome becomes the HTTP response. | `likes/src/coordinator/like/response.rs` |
//!
//! # Where to read next
//!
//! - [`likewise_saga::protocol::decide`] is the coordinator's half of the protocol, as a pure function.
//! - [`likewise_barrier::judge`] is the services' half.
//! - [`likewise_saga::coordinator`] is the coordinator of any saga; [`coordinator`] has what likes add.
//! - [`service::open`] is the wiring, the same for the binary and for the simulator.
//! - [`likewise_saga::env`] lists everything that comes from outside.

pub mod all_in_one;
#[cfg(test)]
mod api_docs;
pub mod article;
pub mod audit;
pub mod bounds;
pub mod config;
pub mod coordinator;
pub mod http;
pub mod id;
pub mod refusal;
pub mod service;
pub mod user;
