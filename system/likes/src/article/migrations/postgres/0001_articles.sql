-- The article service owns the counter. A count changes by deltas only, in the same
-- transaction as the barrier row that says why.
CREATE TABLE articles (
    id         BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    title      VARCHAR(255) NOT NULL,
    likes      BIGINT       NOT NULL DEFAULT 0,
    created_at BIGINT       NOT NULL
);

-- What was answered to a request that carried an Idempotency-Key.
CREATE TABLE article_requests (
    request_key TEXT   PRIMARY KEY,
    fingerprint BIGINT NOT NULL,
    article_id  BIGINT
);

-- One row a step: what became of it, for ever. Inserted before the effect, in its transaction.
-- state: 0 done, 1 refused, 2 undone, 3 tombstone
CREATE TABLE barrier (
    saga        UUID     NOT NULL,
    step        BIGINT   NOT NULL,
    state       BIGINT   NOT NULL,
    fingerprint BIGINT   NOT NULL,
    result      TEXT,
    kept        TEXT,
    created_at  BIGINT   NOT NULL,
    PRIMARY KEY (saga, step)
);
