//! How one request of a load ended.

/// How one request ended, from the client's point of view.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RequestOutcome {
    /// The service carried it out.
    Done,
    /// The service refused it under load, before it did anything.
    Refused { retry_after: bool },
    /// The service may or may not have carried it out.
    InDoubt,
    /// A status that this load should never get.
    Unexpected(u16),
}
