//! PostgreSQL: statements and the pool of idle connections.

pub(crate) mod idle_pool;
pub(crate) mod statements;
