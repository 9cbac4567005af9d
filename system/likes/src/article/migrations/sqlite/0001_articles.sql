-- The article service owns the counter. A count changes by deltas only, in the same
-- transaction as the barrier row that says why.
CREATE TABLE articles (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    title      TEXT    NOT NULL CHECK (length(title) <= 255),
    likes      INTEGER NOT NULL DEFAULT 0,
    created_at INTEGER NOT NULL
);

-- What was answered to a request that carried an Idempotency-Key.
CREATE TABLE article_requests (
    request_key TEXT    PRIMARY KEY,
    fingerprint INTEGER NOT NULL,
    article_id  INTEGER
);

-- One row a step: what became of it, for ever. Inserted before the effect, in its transaction.
-- state: 0 done, 1 refused, 2 undone, 3 tombstone
CREATE TABLE barrier (
    saga        TEXT    NOT NULL,
    step        INTEGER NOT NULL,
    state       INTEGER NOT NULL,
    fingerprint INTEGER NOT NULL,
    result      TEXT,
    kept        TEXT,
    created_at  INTEGER NOT NULL,
    PRIMARY KEY (saga, step)
);
