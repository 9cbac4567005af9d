//! Which page of a list to read.

/// Which page of a list to read. Pages are addressed by key and not by offset, so rows that are added while a client reads
/// page by page shift nothing.
#[derive(Debug, Clone, Copy)]
pub struct Page<K> {
    /// Begin after this key; `None` begins at the start of the list.
    pub after: Option<K>,
    /// The most rows to return.
    pub limit: u32,
}
