//! The limit on open files of this process. Every connection is an open file.
//!
//! Many systems start a process with a low limit, which the process may raise up to a hard maximum.

use likewise_saga::http::{Limits, RESERVE_MAX};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// The most files kept for databases and for connections to other services: three connection pools, and a connection for
/// each forwarded or waiting request.
const OTHER_FILES_MAX: usize = 4_096;

/// Raises the limit to its hard maximum, and returns limits of a server that fit it.
pub(crate) fn raise() -> Limits {
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit {
        current: limit.maximum,
        ..limit
    };
    if limit.current != limit.maximum
        && let Err(error) = setrlimit(Resource::Nofile, raised)
    {
        tracing::warn!(%error, "the limit on open files cannot be raised");
    }
    // `None` means unlimited.
    let files = getrlimit(Resource::Nofile).current;
    let files = files.map(|files| usize::try_from(files).unwrap_or(usize::MAX));
    let limits = fitting(files);
    tracing::info!(
        "at most {} connections; this process may open {} files",
        limits.connections_max,
        files.map_or("any number of".to_owned(), |files| files.to_string()),
    );
    limits
}

/// The limits of a server in a process that may open this many files.
fn fitting(files: Option<usize>) -> Limits {
    let limits = Limits::default();
    let Some(files) = files else {
        return limits;
    };
    let other = (files / 2).min(OTHER_FILES_MAX);
    let connections = files.saturating_sub(other + RESERVE_MAX);
    Limits {
        connections_max: connections.clamp(1, limits.connections_max),
        ..limits
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // A process that accepts more connections than it may open files cannot open its databases any more.
    #[test]
    fn the_connections_fit_the_limit_on_open_files() {
        let connections = |files| fitting(files).connections_max;
        assert_eq!(connections(None), 8_192);
        assert_eq!(connections(Some(1_000_000)), 8_192);
        assert_eq!(connections(Some(16_384)), 8_192);
        assert_eq!(connections(Some(4_096)), 1_984);
        assert_eq!(connections(Some(1_024)), 448);
        assert_eq!(connections(Some(100)), 1);
    }
}
