//! The bytes of a request, and what its reply means for the tally.

use crate::{mix::Ask, tally::End, wire::Reply};

/// Writes a request over the last one.
pub(crate) fn write(request: &mut Vec<u8>, ask: Ask, article: i64, user: u64) {
    use std::io::Write as _;
    request.clear();
    // Writing to memory cannot fail.
    let _ = match ask {
        Ask::Like => write!(
            request,
            "POST /articles/{article}/like HTTP/1.1\r\nhost: load\r\nx-user-id: {user}\r\n\r\n"
        ),
        Ask::Unlike => write!(
            request,
            "DELETE /v1/articles/{article}/likes/me HTTP/1.1\r\nhost: load\r\nx-user-id: {user}\r\n\r\n"
        ),
        Ask::Count => write!(
            request,
            "GET /v1/articles/{article} HTTP/1.1\r\nhost: load\r\n\r\n"
        ),
        Ask::Membership => write!(
            request,
            "GET /v1/articles/{article}/likes/me HTTP/1.1\r\nhost: load\r\nx-user-id: {user}\r\n\r\n"
        ),
    };
}

/// What became of it.
pub(crate) fn end(ask: Ask, reply: &Reply<'_>) -> End {
    let in_doubt = || reply.body.windows(8).any(|eight| eight == b"in-doubt");
    match reply.status {
        200 => End::Done,
        429 | 503 if matches!(ask, Ask::Like | Ask::Unlike) && in_doubt() => End::InDoubt,
        429 | 503 => End::Refused {
            retry_after: reply.retry_after,
        },
        // The saga was undone: for the books, as if it had never been.
        other => End::Unexpected(other),
    }
}
