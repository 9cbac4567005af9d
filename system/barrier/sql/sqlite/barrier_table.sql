-- One row per step. A request inserts the row before the effect, in the effect's transaction.
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
)
