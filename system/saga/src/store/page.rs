//! A page of a list.

/// A page of a list, by the identity after which it begins.
#[derive(Debug, Clone, Copy)]
pub struct Page<K> {
    /// Begin after this one.
    pub after: Option<K>,
    /// At most this many.
    pub limit: u32,
}
