//! The system under test: the product, or the product with one part replaced.

use likewise::service::Parts;
use likewise_saga::store::Synchronous;

/// What a run tests. A planted bug differs from the product in one of these.
pub struct SystemUnderTest {
    /// The parts that the services are made of.
    pub parts: Parts,
    /// The `synchronous` pragma of the SQLite files.
    pub synchronous: Synchronous,
    /// The time-out that the system lacks. `None` for the product.
    pub lacks: Option<Timeout>,
    /// Whether the coordinators watch what they depend on, if the plan has a prober.
    pub watches: bool,
    /// Whether the server accepts connections over its limit, into a small reserve.
    pub accepts_over_the_limit: bool,
    /// Whether the services may begin with a prepared database: only if they open it with the product's options and
    /// keep its schema.
    pub takes_prepared_databases: bool,
}

/// A time-out of the product that a planted bug can lack.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Timeout {
    /// Of a statement that the database does not answer.
    Statement,
    /// Of an attempt at a request that a participant does not answer.
    Step,
    /// Of the answer to a client.
    Answer,
}
