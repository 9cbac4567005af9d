//! Small records and campaigns for the tests.

pub mod campaign;
mod events;
pub mod records;
