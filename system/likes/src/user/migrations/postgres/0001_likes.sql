-- The user service owns the like records: at most one for a user and an article.
CREATE TABLE likes (
    record_id  UUID   PRIMARY KEY,
    user_id    BIGINT NOT NULL,
    article_id BIGINT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX likes_pair ON likes (user_id, article_id);

-- Users who may not like anything: a business rule that only this service knows.
CREATE TABLE blocked_users (
    user_id    BIGINT PRIMARY KEY,
    created_at BIGINT NOT NULL
);

-- One row a step: what became of it, for ever. Inserted before the effect, in its transaction.
-- state: 0 done, 1 refused, 2 undone, 3 tombstone
CREATE TABLE barrier (
    saga        UUID   NOT NULL,
    step        BIGINT NOT NULL,
    state       BIGINT NOT NULL,
    fingerprint BIGINT NOT NULL,
    result      TEXT,
    kept        TEXT,
    created_at  BIGINT NOT NULL,
    PRIMARY KEY (saga, step)
);
