//! The schema of the coordinator's database: the saga log and its lease.
//!
//! The descriptions and the texts of the migrations are stored in databases and compared at every start. Never change them.

use crate::store::{Schema, migration, postgres_statement};

/// The schema of the coordinator's database.
pub const SAGA_LOG_SCHEMA: Schema = Schema {
    service: "coordinator",
    migrations: &[
        migration!("0001_saga_log.sql", "the saga log"),
        migration!("0002_lease.sql", "the lease of the saga log"),
        migration!(
            "0003_open_sagas.sql",
            "an index of open and failed sagas alone"
        ),
        migration!("0004_ends.sql", "the order in which sagas ended"),
        migration!(
            "0005_append_only.sql",
            "starts and changes are inserted, nothing is updated"
        ),
        migration!("0006_retention.sql", "what may be deleted from the log"),
        migration!("0007_audit.sql", "what operators ordered"),
        migration!("0008_alerts.sql", "alerts to people, and their deliveries"),
    ],
    write_probe: &postgres_statement!("write_probe"),
};
