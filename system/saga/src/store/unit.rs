//! The name and kind of one unit of storage work, as an executor sees it.

/// Names one unit of storage work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unit {
    /// The name of the database, as in [`Schema::service`](super::schema::Schema::service).
    pub database: &'static str,
    /// The name of the operation. Recorded runs refer to it, so it must not change between versions.
    pub name: &'static str,
    /// Whether the unit can change anything.
    pub kind: UnitKind,
}

/// What a unit of storage work may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnitKind {
    /// Connect and migrate.
    Open,
    /// Read only.
    Read,
    /// Run one transaction that writes.
    Write,
}
