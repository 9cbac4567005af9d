//! Small records and campaigns for the tests. Their system is a shop, which exists nowhere else.

pub mod campaign;
pub(crate) mod events;
pub mod labels;
pub mod records;
