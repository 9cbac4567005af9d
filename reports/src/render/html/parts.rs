//! Small parts that several sections of the page share.

/// A label with its value.
pub(super) struct Fact {
    pub(super) label: &'static str,
    pub(super) value: String,
}

/// A link to another part of the page.
pub(super) struct Link {
    pub(super) href: String,
    pub(super) text: String,
}
