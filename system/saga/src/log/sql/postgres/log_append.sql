-- A whole append: prove the epoch, start sagas, change statuses. Nothing is written without the proof.
-- The shared lock is held until the commit, which prevents a takeover during the append. An append that waits for the lock of
-- a concurrent takeover reads the new epoch afterwards.
-- There is no conflict clause: it would insert speculatively, which doubles the cost of a row. A row that is there already
-- fails the statement, and the batch runs as a transaction that finds out why.
WITH proof AS MATERIALIZED (
    SELECT txid_current() AS position FROM shards WHERE shard = 0 AND epoch = $14 FOR SHARE
),
started AS (
    INSERT INTO sagas (id, kind, args, subject, request_key, fingerprint, epoch, shard, created_at, deadline_at)
    SELECT s.id, s.kind, s.args, s.subject, s.request_key, s.fingerprint, $14, 0, $15, s.deadline_at
    FROM proof, unnest($7::uuid[], $8::text[], $9::text[], $10::text[], $11::text[], $12::bigint[], $13::bigint[])
        AS s (id, kind, args, subject, request_key, fingerprint, deadline_at)
),
changed AS (
    INSERT INTO saga_changes (saga, epoch, position, changed_at, shard, from_status, to_status, parked, steps, outcome)
    SELECT c.saga, $14, proof.position, $15, 0, c.from_status, c.to_status, c.parked, c.steps, c.outcome
    FROM proof, unnest($1::uuid[], $2::bigint[], $3::bigint[], $4::bigint[], $5::text[], $6::text[])
        AS c (saga, from_status, to_status, parked, steps, outcome)
)
SELECT position FROM proof
