-- The user service owns the like records: at most one for a user and an article.
CREATE TABLE likes (
    record_id  TEXT    PRIMARY KEY,
    user_id    INTEGER NOT NULL,
    article_id INTEGER NOT NULL,
    created_at INTEGER NOT NULL
);
CREATE UNIQUE INDEX likes_pair ON likes (user_id, article_id);

-- Users who may not like anything: a business rule that only this service knows.
CREATE TABLE blocked_users (
    user_id    INTEGER PRIMARY KEY,
    created_at INTEGER NOT NULL
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
