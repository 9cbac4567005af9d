//! A system for the tests of the world: a coordinator and a store.

use likewise_saga::log::SAGA_LOG_SCHEMA;

use super::{ServiceSpec, plan::Name};

/// The services of the sample system.
pub(crate) static SERVICES: [ServiceSpec; 2] = [
    ServiceSpec {
        name: Name::COORDINATOR,
        replicas_max: 3,
        schema: SAGA_LOG_SCHEMA,
        tables: &["sagas", "shards"],
        effect_rows: None,
    },
    ServiceSpec {
        name: Name::new("store"),
        replicas_max: 2,
        schema: SAGA_LOG_SCHEMA,
        tables: &["barrier"],
        effect_rows: None,
    },
];
