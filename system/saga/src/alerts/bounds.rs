//! The bounds of alerts, as rows of the table of bounds.

use super::{
    attempt::{ATTEMPTS_MAX, PAUSE_MIN, pause_longest},
    deliverer::{ANSWER, KEPT, POLL_INTERVAL, STATE},
};
use crate::bound::BoundRow;

/// The rows of the table.
pub(crate) fn bounds() -> Vec<BoundRow> {
    const CONSTANT: &str = "constant";
    vec![
        BoundRow::time(
            ANSWER.name,
            ANSWER.limit,
            CONSTANT,
            "the alert is sent again after a pause",
        ),
        BoundRow::time(
            STATE.name,
            STATE.limit,
            CONSTANT,
            "it is tried again a second later",
        ),
        BoundRow::time(
            "the pause between two looks for alerts to send",
            POLL_INTERVAL,
            CONSTANT,
            "the alerts that are due are sent",
        ),
        BoundRow::time(
            "the first pause between two attempts at an alert",
            PAUSE_MIN,
            "constant; a quarter more with the jitter",
            "it is sent again; the next pause is twice as long",
        ),
        BoundRow::time(
            "the longest pause between two attempts at an alert",
            pause_longest(),
            "constant, with the jitter",
            "it is sent again",
        ),
        BoundRow::times(
            "attempts at an alert",
            ATTEMPTS_MAX,
            CONSTANT,
            "after about three days it is given up, and an error is logged; an operator can send it again",
        ),
        BoundRow::time(
            "a delivered or given-up alert is kept",
            KEPT,
            CONSTANT,
            "the leader deletes it",
        ),
    ]
}
