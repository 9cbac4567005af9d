//! The kinds of problems: what never changes between two problems of one kind.
//!
//! Each kind has a URI that leads to a page: [`PROBLEM_PAGE`] with the kind's name as its anchor. The page and its copy in the
//! documentation are made from these values, so a kind cannot lack its explanation.

use axum::http::StatusCode;

/// The path of the page that explains the problems. The type of a problem is this path with an anchor (RFC 9457, section
/// 3.1.1: a relative reference with its full path).
pub const PROBLEM_PAGE: &str = "/problems";

/// A kind of problem.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProblemType {
    /// The name: the anchor on the page, and the end of the type's URI.
    pub name: &'static str,
    /// The status of the answer.
    pub status: StatusCode,
    /// The title, the same for every problem of the kind.
    pub title: &'static str,
    /// What it means: what is known of the effect.
    pub meaning: &'static str,
    /// What the client can do.
    pub advice: &'static str,
}

impl ProblemType {
    /// The URI of the kind.
    #[must_use]
    pub fn uri(&self) -> String {
        uri(self.name)
    }
}

/// The URI of the kind with this name.
pub(super) fn uri(name: &str) -> String {
    format!("{PROBLEM_PAGE}#{name}")
}

/// A field of the request is missing or wrong.
pub(super) const INVALID_REQUEST: ProblemType = ProblemType {
    name: "invalid-request",
    status: StatusCode::UNPROCESSABLE_ENTITY,
    title: "The request is not valid",
    meaning: "A part of the request is missing or wrong; `errors` names it and says why. Nothing was done.",
    advice: "Correct the request. An `Idempotency-Key` that was used with another request cannot be used again.",
};

/// There is no credential, or a wrong one.
pub(crate) const UNAUTHORIZED: ProblemType = ProblemType {
    name: "unauthorized",
    status: StatusCode::UNAUTHORIZED,
    title: "Unauthorized",
    meaning: "The request needs a credential, and there is none, or it is not one that this process accepts. `WWW-Authenticate` says which kind. Nothing was done.",
    advice: "At the admin listener, send a token from the file of `--admin-token-file` as `Authorization: Bearer`. Routes between services need a secret of `--service-secret-file`.",
};

/// The peer has shown too many wrong credentials.
pub(super) const TOO_MANY_ATTEMPTS: ProblemType = ProblemType {
    name: "too-many-attempts",
    status: StatusCode::TOO_MANY_REQUESTS,
    title: "Too many wrong credentials",
    meaning: "So many different wrong credentials came from the address of the request that none is compared for a while. Nothing was done.",
    advice: "Send the right credential after the time in `Retry-After`.",
};

/// The credential does not allow it.
pub(super) const FORBIDDEN: ProblemType = ProblemType {
    name: "forbidden",
    status: StatusCode::FORBIDDEN,
    title: "Forbidden",
    meaning: "The credential is valid, but does not allow this request: the role of an operator is too weak, or `X-User-ID` names another user than the token. Nothing was done.",
    advice: "Use a token with the role that `detail` names, or leave `X-User-ID` out: the token says who sends the request.",
};

/// There is no such route.
pub(crate) const NOT_FOUND: ProblemType = ProblemType {
    name: "not-found",
    status: StatusCode::NOT_FOUND,
    title: "Not found",
    meaning: "This service has no such path. Nothing was done.",
    advice: "Compare the path with the API documentation. With one service per process, each answers its own routes only.",
};

/// The ticket does not allow it.
pub(super) const TICKET_REFUSED: ProblemType = ProblemType {
    name: "ticket-refused",
    status: StatusCode::FORBIDDEN,
    title: "The ticket is not valid",
    meaning: "The parameter `ticket` is no ticket of this service, has expired, or belongs to another transaction or user. Nothing is shown.",
    advice: "Read the transaction: its member `events` has a new ticket.",
};

/// The answer has no content type that the client accepts.
pub(super) const NOT_ACCEPTABLE: ProblemType = ProblemType {
    name: "not-acceptable",
    status: StatusCode::NOT_ACCEPTABLE,
    title: "Not acceptable",
    meaning: "The header `Accept` excludes the only content type that the answer can have.",
    advice: "Allow `text/event-stream`, or read the transaction, which is JSON.",
};

/// The client has as many streams as it may.
pub(super) const TOO_MANY_STREAMS: ProblemType = ProblemType {
    name: "too-many-streams",
    status: StatusCode::TOO_MANY_REQUESTS,
    title: "Too many streams",
    meaning: "As many streams of this client are open as one client may have.",
    advice: "Close a stream, or repeat the request after `Retry-After`. `GET` of the transaction shows its status, too.",
};

/// There is no such transaction.
pub(super) const TRANSACTION_NOT_FOUND: ProblemType = ProblemType {
    name: "transaction-not-found",
    status: StatusCode::NOT_FOUND,
    title: "Transaction not found",
    meaning: "The saga log has no transaction with this id. A request that was told to be in doubt did nothing then.",
    advice: "Nothing to repeat under this id. The request itself may be sent again.",
};

/// There is no such alert.
pub(super) const DELIVERY_NOT_FOUND: ProblemType = ProblemType {
    name: "delivery-not-found",
    status: StatusCode::NOT_FOUND,
    title: "Delivery not found",
    meaning: "The saga log has no alert with this id. Nothing was done.",
    advice: "List the deliveries. A delivered or given-up alert is deleted 30 days after it was written, any other after 90 days.",
};

/// The alert is being sent.
pub(super) const DELIVERY_PENDING: ProblemType = ProblemType {
    name: "delivery-pending",
    status: StatusCode::CONFLICT,
    title: "Delivery pending",
    meaning: "The alert is not delivered yet and is being sent anyway. Nothing was done.",
    advice: "Wait until it is delivered or given up. `next_attempt_at` says when it is sent next.",
};

/// The path exists, but not with this method.
pub(super) const METHOD_NOT_ALLOWED: ProblemType = ProblemType {
    name: "method-not-allowed",
    status: StatusCode::METHOD_NOT_ALLOWED,
    title: "Method not allowed",
    meaning: "The path exists, but not with this method; the header `Allow` lists those that it has. Nothing was done.",
    advice: "Use a method from `Allow`.",
};

/// The request did not arrive in time.
pub(super) const REQUEST_TIMEOUT: ProblemType = ProblemType {
    name: "request-timeout",
    status: StatusCode::REQUEST_TIMEOUT,
    title: "Request time-out",
    meaning: "The request did not arrive as a whole in time. Nothing was done.",
    advice: "Send it again.",
};

/// Another saga holds the lock key.
pub(super) const IN_PROGRESS: ProblemType = ProblemType {
    name: "in-progress",
    status: StatusCode::CONFLICT,
    title: "In progress",
    meaning: "Another change of the same thing is in progress; `transaction_id` names it. This request did nothing.",
    advice: "Repeat the request after `Retry-After`.",
};

/// The transaction was deleted.
pub(super) const TRANSACTION_DELETED: ProblemType = ProblemType {
    name: "transaction-deleted",
    status: StatusCode::GONE,
    title: "Transaction deleted",
    meaning: "The transaction, if there was one, has ended, and is so old that it was deleted.",
    advice: "Nothing to repeat.",
};

/// The reader has fallen behind what is kept.
pub(super) const CURSOR_DELETED: ProblemType = ProblemType {
    name: "cursor-deleted",
    status: StatusCode::GONE,
    title: "Transactions after the cursor were deleted",
    meaning: "Transactions that ended after this cursor may have been deleted.",
    advice: "Read the state anew, then begin without `after`.",
};

/// The body is too large.
pub(super) const PAYLOAD_TOO_LARGE: ProblemType = ProblemType {
    name: "payload-too-large",
    status: StatusCode::PAYLOAD_TOO_LARGE,
    title: "Payload too large",
    meaning: "The body is larger than 64 KiB. Nothing was done.",
    advice: "Send a smaller body.",
};

/// The body is not JSON.
pub(crate) const UNSUPPORTED_MEDIA_TYPE: ProblemType = ProblemType {
    name: "unsupported-media-type",
    status: StatusCode::UNSUPPORTED_MEDIA_TYPE,
    title: "Unsupported media type",
    meaning: "The body has another content type than the one in the header `Accept` of the answer. Nothing was done.",
    advice: "Send JSON with `Content-Type: application/json`.",
};

/// The saga was undone.
pub(super) const SAGA_FAILED: ProblemType = ProblemType {
    name: "saga-failed",
    status: StatusCode::INTERNAL_SERVER_ERROR,
    title: "The saga failed and was undone",
    meaning: "A step could not be done in time, or an operator aborted the saga, and what was done is undone. No effect is left. `code` names the rule that refused it, if one did.",
    advice: "The same key replays this answer. A new key tries again, which helps only if the reason has gone.",
};

/// Stored data is not what it must be.
pub(crate) const INVALID_DATA: ProblemType = ProblemType {
    name: "invalid-data",
    status: StatusCode::INTERNAL_SERVER_ERROR,
    title: "Stored data is invalid",
    meaning: "A stored row is not what it must be. The operators were alerted.",
    advice: "Do not repeat it before the row is repaired.",
};

/// Nothing was done.
pub(super) const UNAVAILABLE: ProblemType = ProblemType {
    name: "unavailable",
    status: StatusCode::SERVICE_UNAVAILABLE,
    title: "Temporarily unavailable",
    meaning: "Nothing was done, because the service is overloaded, or something that it needs does not answer.",
    advice: "Repeat the request after `Retry-After`.",
};

/// The saga has changed since the operator looked at it.
pub(crate) const SAGA_MOVED: ProblemType = ProblemType {
    name: "saga-moved",
    status: StatusCode::PRECONDITION_FAILED,
    title: "The saga has changed",
    meaning: "The saga, one of its barrier rows or the leader has changed since the `ETag` in `If-Match` was given. Nothing was done.",
    advice: "`saga` shows its state now. Read it, and decide again.",
};

/// The saga cannot be given this order.
pub(crate) const ORDER_REFUSED: ProblemType = ProblemType {
    name: "order-refused",
    status: StatusCode::CONFLICT,
    title: "The order is not possible",
    meaning: "The saga does not allow this order now; `detail` says why. Nothing was done.",
    advice: "Look at the saga: `actions` says what is possible.",
};

/// This coordinator does not lead.
pub(crate) const NOT_LEADER: ProblemType = ProblemType {
    name: "not-leader",
    status: StatusCode::SERVICE_UNAVAILABLE,
    title: "Another coordinator leads",
    meaning: "Only the coordinator that leads takes orders; `detail` names its address for clients, if it is known. Nothing was done.",
    advice: "Send the request to the admin listener of the leader.",
};

/// An order without the tag of what it is based on.
pub(crate) const PRECONDITION_REQUIRED: ProblemType = ProblemType {
    name: "precondition-required",
    status: StatusCode::PRECONDITION_REQUIRED,
    title: "If-Match is missing",
    meaning: "An order takes effect only on what the operator has seen. Nothing was done.",
    advice: "Read the saga and send its `ETag` in `If-Match`.",
};

/// This leader has no such batch.
pub(crate) const BATCH_NOT_FOUND: ProblemType = ProblemType {
    name: "batch-not-found",
    status: StatusCode::NOT_FOUND,
    title: "Batch not found",
    meaning: "This leader has no batch with this id. A batch ends with its leader, and a leader remembers the latest ones.",
    advice: "The audit has what a batch did, under the batch's id.",
};

/// The effect is not known yet.
pub(super) const IN_DOUBT: ProblemType = ProblemType {
    name: "in-doubt",
    status: StatusCode::SERVICE_UNAVAILABLE,
    title: "In doubt",
    meaning: "It is not known yet whether the request has an effect. It ends one way or the other; `transaction_id`, if there is one, names the saga.",
    advice: "Repeat the request with the same `Idempotency-Key`, or ask for the transaction.",
};

/// The kinds of problems that any service of the kit may answer, in the order of their status.
pub const PROBLEM_TYPES: &[ProblemType] = &[
    UNAUTHORIZED,
    FORBIDDEN,
    TICKET_REFUSED,
    NOT_FOUND,
    TRANSACTION_NOT_FOUND,
    DELIVERY_NOT_FOUND,
    BATCH_NOT_FOUND,
    METHOD_NOT_ALLOWED,
    NOT_ACCEPTABLE,
    REQUEST_TIMEOUT,
    IN_PROGRESS,
    DELIVERY_PENDING,
    ORDER_REFUSED,
    TRANSACTION_DELETED,
    CURSOR_DELETED,
    SAGA_MOVED,
    PAYLOAD_TOO_LARGE,
    UNSUPPORTED_MEDIA_TYPE,
    INVALID_REQUEST,
    PRECONDITION_REQUIRED,
    TOO_MANY_STREAMS,
    TOO_MANY_ATTEMPTS,
    SAGA_FAILED,
    INVALID_DATA,
    UNAVAILABLE,
    NOT_LEADER,
    IN_DOUBT,
];
