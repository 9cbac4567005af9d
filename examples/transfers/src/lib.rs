//! Transfers: a complete system of services and a saga under test. It is the example to copy.
//!
//! ```text
//!  debit ──┬─► limit ──┬─► credit ──► notify        accounts: debit, credit
//!          └─► risk  ──┘   (pivot)                  checks: limit, risk        notices: notify
//! ```
//!
//! `services.rs` and `transfer.rs` are the product. The other files put it under the simulator: `system.rs` (what runs),
//! `workload.rs` and `clients.rs` (its clients), `missing.rs` (what does not exist), `observed.rs` and `invariants.rs` (what must
//! be true), `labels.rs` (what reports call it), `planted.rs` (how it can be wrong), `scenarios.rs` and `main.rs` (a program).
//! `docs/your-own-system.md` explains each part.

mod clients;
mod invariants;
mod labels;
mod missing;
mod observed;
mod planted;
pub mod scenarios;
mod services;
mod system;
mod transfer;
mod workload;

pub use system::{ACCOUNTS, CHECKS, NOTICES, TRANSFER, TRANSFERS, Transfers};
pub use transfer::Transfer;
pub use workload::{SetUp, done, refused, transfer, with_blocked};
