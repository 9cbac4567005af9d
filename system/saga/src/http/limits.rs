//! The limits of a server: on connections, and on the time that a client may take.

use std::time::Duration;

/// The limits of a server on its connections.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Connections served at one time. Over it, health is answered, and all else gets 503.
    pub connections_max: usize,
    /// The time for a whole request, head and body, from its first byte. After that it gets 408.
    pub arrival: Duration,
    /// The time for a client to read a reply. After that the connection is closed.
    pub reply: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            // With the reserve and the files of databases and other services, it fits an open-file limit of 16,384.
            connections_max: 8_192,
            // A client's request has at most 64 KiB, so even a slow network needs less.
            arrival: Duration::from_secs(10),
            // The largest page has about 500 KB. The system takes most of it at once, the client the rest.
            reply: Duration::from_secs(30),
        }
    }
}
