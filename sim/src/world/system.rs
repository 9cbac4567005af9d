//! The system under test: the product, or the product with one part replaced.

use likewise::service::Parts;
use likewise_saga::store::Synchronous;

/// What a run tests. A planted bug differs from the product in one of these.
pub struct SystemUnderTest {
    /// The parts that the services are made of.
    pub parts: Parts,
    /// The `synchronous` pragma of the SQLite files.
    pub synchronous: Synchronous,
    /// Whether the services may begin with a prepared database: only if they open it with the product's options and
    /// keep its schema.
    pub takes_prepared_databases: bool,
}
