//! One service of a system.

use likewise_saga::{
    log::SAGA_LOG_SCHEMA,
    store::{Migration, Schema},
};

use crate::plan::{COORDINATORS_MAX, Name};

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

impl ServiceSpec {
    /// The coordinator's service, as every system has it.
    pub const COORDINATOR: Self = Self {
        name: Name::COORDINATOR,
        replicas_max: COORDINATORS_MAX,
        schema: SAGA_LOG_SCHEMA,
        tables: &[
            "sagas",
            "saga_changes",
            "saga_parks",
            "shards",
            "retention",
            "saga_audit",
        ],
        effect_rows: None,
    };

    /// A service that executes steps, on SQLite, with at most two processes. `tables` must include `barrier` and
    /// `barrier_watermarks`.
    #[must_use]
    pub const fn participant(
        name: &'static str,
        migrations: &'static [Migration],
        tables: &'static [&'static str],
        effect_rows: &'static str,
    ) -> Self {
        Self {
            name: Name::new(name),
            replicas_max: 2,
            schema: Schema::sqlite_only(name, migrations),
            tables,
            effect_rows: Some(effect_rows),
        }
    }
}
