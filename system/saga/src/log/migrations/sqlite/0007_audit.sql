-- What operators ordered, and how it ended. Rows are only inserted. An order is in force because its row is here: every leader reads
-- the table before it resumes a saga. No append of a saga without an order uses it.
-- action: retry, abort, force_complete, pause, resume; settled says how an abort or a force_complete ended. scope: saga, kind, service.
-- id: of the order, so that an order whose commit was not confirmed is written once. batch: the batch that the order is part of. The last three columns are JSON.
CREATE TABLE saga_audit (
    number       INTEGER PRIMARY KEY,
    shard        INTEGER NOT NULL,
    epoch        INTEGER NOT NULL,
    at           INTEGER NOT NULL,
    actor        TEXT NOT NULL,
    action       TEXT NOT NULL,
    scope        TEXT NOT NULL,
    target       TEXT NOT NULL,
    reason       TEXT NOT NULL,
    batch        TEXT,
    state_before TEXT NOT NULL,
    state_after  TEXT NOT NULL,
    truth        TEXT NOT NULL,
    id           TEXT NOT NULL UNIQUE
);
CREATE INDEX saga_audit_target ON saga_audit (target, number);
