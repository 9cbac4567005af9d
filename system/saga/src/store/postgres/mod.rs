//! PostgreSQL: opening a database, statements, and the pool of idle connections.

pub(super) mod open;
pub(super) mod pool;
pub(super) mod statements;
