//! The schema of the user service's database.

use likewise_saga::store::{Schema, migration};

/// The user service's database.
pub const USER_SCHEMA: Schema = Schema {
    service: "user",
    migrations: &[migration!("0001_likes.sql", "like records and the barrier")],
};
