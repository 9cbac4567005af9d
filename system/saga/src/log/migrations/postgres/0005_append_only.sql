-- From now on the log is only appended to. `sagas` has one row a saga, inserted at its start. Each change of its status is a
-- row of `saga_changes`; a saga without one is running. A status is left at most once, so the key is the compare-and-set. The
-- leader holds the locks of open sagas in memory: under its epoch nobody else writes.
-- status: 0 running, 1 completed, 2 compensating, 3 compensated
CREATE TABLE saga_changes (
    saga        UUID     NOT NULL,
    epoch       BIGINT   NOT NULL,
    position    BIGINT   NOT NULL,
    changed_at  BIGINT   NOT NULL,
    shard       SMALLINT NOT NULL,
    from_status SMALLINT NOT NULL,
    to_status   SMALLINT NOT NULL,
    parked      SMALLINT NOT NULL,
    steps       TEXT,
    outcome     TEXT,
    PRIMARY KEY (saga, from_status)
);
-- That a person should look at a saga, in this status.
CREATE TABLE saga_parks (
    saga      UUID     NOT NULL,
    epoch     BIGINT   NOT NULL,
    parked_at BIGINT   NOT NULL,
    shard     SMALLINT NOT NULL,
    status    SMALLINT NOT NULL,
    PRIMARY KEY (saga, status)
);
-- A status that somebody has written by hand stays unreadable.
INSERT INTO saga_changes (saga, epoch, position, changed_at, shard, from_status, to_status, parked, steps, outcome)
SELECT id, epoch, position, updated_at, 0, 0, CASE WHEN status BETWEEN 0 AND 3 THEN status ELSE -1 END,
       CASE WHEN parked = 0 THEN 0 ELSE 1 END, steps, outcome
FROM sagas WHERE status <> 0 ORDER BY id;
INSERT INTO saga_parks (saga, epoch, parked_at, shard, status)
SELECT id, epoch, updated_at, 0, 0 FROM sagas WHERE status = 0 AND parked <> 0 ORDER BY id;

-- The ends of one transaction share an entry.
CREATE INDEX saga_changes_ended ON saga_changes (epoch, position) WHERE to_status IN (1, 3);
CREATE INDEX saga_changes_compensated ON saga_changes (saga) WHERE to_status = 3;

-- Every saga with a smaller identity has ended. NULL: nothing is known.
ALTER TABLE shards ADD COLUMN watermark UUID;
UPDATE shards SET watermark = coalesce(
    (SELECT id FROM sagas WHERE status IN (0, 2) ORDER BY id LIMIT 1),
    (SELECT id FROM sagas ORDER BY id DESC LIMIT 1));

DROP INDEX sagas_open_subject, sagas_open, sagas_compensated, sagas_ended;
ALTER TABLE sagas
    DROP COLUMN status, DROP COLUMN parked, DROP COLUMN steps, DROP COLUMN outcome, DROP COLUMN updated_at, DROP COLUMN position,
    ADD COLUMN shard SMALLINT NOT NULL DEFAULT 0;

-- A saga as it is now: its start with the last change of its status.
CREATE VIEW saga_states AS
SELECT s.id, s.kind, s.args, s.subject, s.request_key, s.fingerprint, coalesce(c.to_status, 0)::bigint AS status,
       (CASE WHEN c.parked = 1 OR p.saga IS NOT NULL THEN 1 ELSE 0 END)::bigint AS parked,
       coalesce(c.epoch, s.epoch) AS epoch, c.steps, c.outcome, s.created_at,
       coalesce(p.parked_at, c.changed_at, s.created_at) AS updated_at, s.deadline_at, c.position
FROM sagas AS s
LEFT JOIN saga_changes AS c ON c.saga = s.id
    AND c.from_status = (SELECT max(l.from_status) FROM saga_changes AS l WHERE l.saga = s.id)
LEFT JOIN saga_parks AS p ON p.saga = s.id AND p.status = coalesce(c.to_status, 0);
