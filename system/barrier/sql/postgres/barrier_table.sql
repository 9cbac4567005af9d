-- One row per step. A request inserts the row before the effect, in the effect's transaction.
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
)
