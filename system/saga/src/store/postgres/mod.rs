//! PostgreSQL: opening a database, its connections, transactions and statements.
//!
//! A server may neither answer nor fail: a process that is stopped, a firewall that forgot a connection. So every wait
//! for one has a limit (`limits.rs`), and a connection that reached it is closed.
//!
//! A connection pooler may give each transaction another connection (`?prepared=off`). Then nothing can stay prepared, every
//! statement runs in a transaction, and each transaction makes its own settings.
//!
//! Files: `open.rs` (open and migrate), `pool.rs` (the connections), `connect.rs` (a new one), `session.rs` (its settings),
//! `transaction.rs`, `single.rs` (one statement), `statements.rs`, `readiness.rs` (does the database accept
//! writes?), `facts.rs` (what a server says about itself), `bounds.rs` (the table of bounds).

pub(super) mod bounds;
mod connect;
pub(super) mod facts;
mod limits;
pub(super) mod open;
pub(super) mod pool;
pub(super) mod readiness;
pub(super) mod session;
pub(super) mod single;
mod statements;
pub(super) mod transaction;
