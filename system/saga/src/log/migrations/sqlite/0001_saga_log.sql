-- Who may write to a shard of the saga log. A takeover raises the epoch; every write proves it.
CREATE TABLE shards (
    shard INTEGER PRIMARY KEY,
    epoch INTEGER NOT NULL
);
INSERT INTO shards (shard, epoch) VALUES (0, 0);

-- One row a saga, committed before its first message goes out.
-- status: 0 running, 1 completed, 2 compensating, 3 compensated
CREATE TABLE sagas (
    id          TEXT    PRIMARY KEY,
    kind        TEXT    NOT NULL,
    args        TEXT    NOT NULL,
    subject     TEXT    NOT NULL,
    request_key TEXT,
    fingerprint INTEGER NOT NULL,
    status      INTEGER NOT NULL,
    parked      INTEGER NOT NULL DEFAULT 0,
    epoch       INTEGER NOT NULL,
    steps       TEXT,
    outcome     TEXT,
    created_at  INTEGER NOT NULL,
    updated_at  INTEGER NOT NULL,
    deadline_at INTEGER NOT NULL
);
-- The semantic lock: one open saga for a user and an article.
CREATE UNIQUE INDEX sagas_open_subject ON sagas (subject) WHERE status IN (0, 2);
-- One saga for an Idempotency-Key.
CREATE UNIQUE INDEX sagas_request_key ON sagas (request_key) WHERE request_key IS NOT NULL;
CREATE INDEX sagas_status ON sagas (status, id);
