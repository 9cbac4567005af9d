//! The system under test: the product, or the product with one part replaced.

use likewise::service::Parts;
use likewise_saga::store::Synchronous;

/// What a run tests. A planted bug differs from the product in one of these.
pub struct SystemUnderTest {
    /// The parts that the services are made of.
    pub parts: Parts,
    /// The `synchronous` pragma of the SQLite files. `None` is what the product chooses.
    pub synchronous: Option<Synchronous>,
    /// The time-out that the system lacks. `None` for the product.
    pub lacks: Option<Timeout>,
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
    /// The short pauses after the first failures. Without them every pause is the longest.
    ShortPauses,
}
