//! The bytes of a request and the meaning of its reply.

use crate::{http_connection::Reply, request_mix::Operation, request_outcome::RequestOutcome};

/// Replaces the contents of `buffer` with a request.
///
/// The buffer keeps its capacity, so no request allocates.
pub(crate) fn write(buffer: &mut Vec<u8>, operation: Operation, article: i64, user: u64) {
    use std::io::Write as _;
    buffer.clear();
    // Writing to memory cannot fail.
    let _ = match operation {
        Operation::Like => write!(
            buffer,
            "POST /articles/{article}/like HTTP/1.1\r\nhost: load\r\nx-user-id: {user}\r\n\r\n"
        ),
        Operation::Unlike => write!(
            buffer,
            "DELETE /v1/articles/{article}/likes/me HTTP/1.1\r\nhost: load\r\nx-user-id: {user}\r\n\r\n"
        ),
        Operation::ReadCount => write!(
            buffer,
            "GET /v1/articles/{article} HTTP/1.1\r\nhost: load\r\n\r\n"
        ),
        Operation::ReadMembership => write!(
            buffer,
            "GET /v1/articles/{article}/likes/me HTTP/1.1\r\nhost: load\r\nx-user-id: {user}\r\n\r\n"
        ),
    };
}

/// Classifies a reply.
///
/// 503 has two meanings for a write: refused before anything was done, or in doubt. The problem's type tells them
/// apart. The body is searched and not parsed, which is cheaper and as certain.
pub(crate) fn outcome(operation: Operation, reply: &Reply<'_>) -> RequestOutcome {
    let is_write = matches!(operation, Operation::Like | Operation::Unlike);
    let is_in_doubt = || reply.body.windows(8).any(|eight| eight == b"in-doubt");
    match reply.status {
        200 => RequestOutcome::Done,
        // Its saga runs, and was not settled in time.
        202 => RequestOutcome::InDoubt,
        429 | 503 if is_write && is_in_doubt() => RequestOutcome::InDoubt,
        429 | 503 => RequestOutcome::Refused {
            retry_after: reply.retry_after,
        },
        other => RequestOutcome::Unexpected(other),
    }
}
