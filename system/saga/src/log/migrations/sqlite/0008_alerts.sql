-- Alerts to people. A row is inserted in the transaction that parks a saga, and in the one that ends a saga that was parked. It never
-- changes: its message stays the same, however often it is sent.
-- kind: 0 the saga is parked, 1 it has ended, and is no longer parked. saga_kind, subject, status: those of the saga at that moment.
CREATE TABLE alerts (
    id         TEXT    PRIMARY KEY,
    saga       TEXT    NOT NULL,
    kind       INTEGER NOT NULL,
    saga_kind  TEXT    NOT NULL,
    subject    TEXT    NOT NULL,
    status     INTEGER NOT NULL,
    reason     TEXT    NOT NULL,
    parked_at  INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    epoch      INTEGER NOT NULL,
    shard      INTEGER NOT NULL,
    UNIQUE (saga, kind)
) WITHOUT ROWID;
-- How far the delivery of an alert is. Inserted with the alert; the leader changes it under its epoch.
-- state: 0 pending, 1 delivered, 2 given up. attempts: since the alert, or since it was sent again by hand. last_status: 0 without an
-- HTTP answer. delivered_at: 0 while it is not delivered.
CREATE TABLE alert_deliveries (
    alert           TEXT    PRIMARY KEY,
    state           INTEGER NOT NULL,
    attempts        INTEGER NOT NULL,
    next_attempt_at INTEGER NOT NULL,
    last_status     INTEGER NOT NULL,
    last_error      TEXT,
    delivered_at    INTEGER NOT NULL,
    resends         INTEGER NOT NULL,
    epoch           INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX alert_deliveries_pending ON alert_deliveries (next_attempt_at) WHERE state = 0;
