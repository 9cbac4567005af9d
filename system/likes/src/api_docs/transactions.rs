//! The operations on transactions.

use serde_json::{Value, json};

use super::{
    operation::operation,
    operations::COORDINATOR,
    schemas::{found_transaction, transaction},
};

pub(super) fn list_transactions() -> Value {
    let own = |name: &str, text: &str, schema: Value| json!({ "name": name, "in": "query", "required": false, "description": text, "schema": schema });
    let cursor = json!({ "oneOf": [
        { "$ref": "#/components/schemas/Uuid" },
        // The place of an end in the log.
        { "type": "string", "pattern": "^[0-9]+\\.[0-9]+\\.[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$" },
    ] });
    operation(COORDINATOR, "list_transactions", "List the transactions")
        .text("In the order of their starts, or with `order=end` in the order of their ends, for a reader that follows the log. `status` and `order` cannot be combined.")
        .takes(&["Limit"])
        .takes_own(own("after", "The value of `next` of the page before, with the same `order`.", cursor))
        .takes_own(own("status", "Only transactions with this status.", json!({ "type": "string", "enum": ["pending", "done", "failed"] })))
        .takes_own(own("order", "`end`: those that have ended, in the order of their ends.", json!({ "type": "string", "enum": ["end"] })))
        .answers(
            200,
            "One page.",
            "TransactionPage",
            json!({ "items": [transaction()], "next": null }),
            &[],
        )
        .fails(&["cursor-deleted"])
        .stores()
        .done()
}

pub(super) fn read_transaction() -> Value {
    operation(COORDINATOR, "read_transaction", "Read a transaction")
        .takes(&["TransactionId", "IfNoneMatch", "Caller"])
        .answers(
            200,
            "The transaction as it is now.",
            "FoundTransaction",
            found_transaction(),
            &["ETag", "Cache-Control"],
        )
        .answers_empty(
            304,
            "The answer with this tag is still right.",
            &["ETag", "Cache-Control"],
        )
        .fails(&["transaction-not-found", "transaction-deleted"])
        .stores()
        .done()
}

const EVENTS: &str = "\
Server-sent events, for the browser's `EventSource`: use the address in `events` of the transaction or of a 202, which has a ticket.

First `snapshot`: the transaction as it is now, and whether it is followed `live`. Then every change that the log has, each once \
and in order, with an `id`: `started`, `parked`, `compensating`, and at the end `completed` or `compensated`. After the end \
the stream closes. A client that comes back with `Last-Event-ID` gets a new snapshot and the changes after that event; after \
the end it gets 204, at which a browser stops.

`step` events show the steps while they go on. They have no `id`, because they are not logged: after a cut, the snapshot makes up for \
them. A standby coordinator has none of them and says `\"live\": false`; its changes come up to a second later.

A browser's `EventSource` gives up at any other answer than 200. The page then reads the transaction, whose `events` has a new ticket.";

pub(super) fn follow_transaction() -> Value {
    operation(COORDINATOR, "follow_transaction", "Follow a transaction")
        .text(EVENTS)
        .takes(&["TransactionId", "Caller", "LastEventId", "Ticket"])
        .answers_events()
        .answers_empty(
            204,
            "The transaction has ended, and the client knows it. Nothing more will come.",
            &["Cache-Control"],
        )
        .fails(&[
            "ticket-refused",
            "transaction-not-found",
            "transaction-deleted",
            "not-acceptable",
            "too-many-streams",
        ])
        .stores()
        .done()
}
