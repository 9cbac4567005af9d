//! One service of a system.

use likewise_saga::store::Schema;

use crate::plan::Name;

/// One service of a system. Its replicas share one database.
pub struct ServiceSpec {
    /// Its name, which is also the name of its first host and of its database.
    pub name: Name,
    /// The most processes that it can have.
    pub replicas_max: u8,
    /// Its database.
    pub schema: Schema,
    /// The tables whose changes the checks see.
    pub tables: &'static [&'static str],
    /// A query for every row that a step may change, as one text. `None` if the service executes no steps.
    pub effect_rows: Option<&'static str>,
}
