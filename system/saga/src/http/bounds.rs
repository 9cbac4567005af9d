//! The bounds of a server, and of the connections between services, as rows of the table of bounds.

use super::{
    closing::CLOSING_BOUND,
    connection::IDLE_TIMEOUT,
    limits::Limits,
    serve::{REPLY_TIMEOUT, STOP_BOUND},
    slots::{GRACE, RESERVE_ARRIVAL},
};
use crate::{
    bound::BoundRow,
    env::{CONNECT_TIMEOUT, IDLE_CONNECTION_TIMEOUT},
};

/// The rows of the table.
#[must_use]
pub fn bounds(limits: Limits) -> Vec<BoundRow> {
    vec![
        BoundRow::time(
            "a request, from its first byte to its last",
            limits.arrival,
            "constant",
            "408",
        ),
        BoundRow::time(
            "a client that reads a reply",
            limits.reply,
            "constant",
            "the connection is closed",
        ),
        BoundRow::time(
            "an idle connection of a client",
            IDLE_TIMEOUT,
            "constant",
            "it is closed",
        ),
        BoundRow::time(
            "a silent connection, at the connection limit",
            GRACE,
            "constant",
            "another client may take its place",
        ),
        BoundRow::time(
            "the first byte over the connection limit, and again the rest",
            RESERVE_ARRIVAL,
            "constant",
            "the connection is closed",
        ),
        BoundRow::time(
            CLOSING_BOUND.name,
            CLOSING_BOUND.limit,
            "constant",
            "the socket is dropped",
        ),
        BoundRow::time(
            STOP_BOUND.name,
            STOP_BOUND.limit,
            "constant",
            "open requests are dropped",
        ),
        BoundRow::time(
            "sending a finished reply, at a stop",
            REPLY_TIMEOUT,
            "constant",
            "the connection is closed",
        ),
        BoundRow::time(
            "a connection to another service",
            CONNECT_TIMEOUT,
            "constant",
            "this attempt has no reply",
        ),
        BoundRow::time(
            "an idle connection to another service",
            IDLE_CONNECTION_TIMEOUT,
            "constant",
            "it is closed",
        ),
    ]
}
