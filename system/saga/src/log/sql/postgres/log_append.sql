-- A whole append: prove the epoch, make the moves, start the sagas. Nothing is written without the proof.
-- The shared lock is kept until the commit, so nobody can take over meanwhile. Who waits here for a takeover that is
-- about to commit reads its epoch afterwards.
WITH proof AS MATERIALIZED (
    SELECT epoch FROM shards WHERE shard = 0 AND epoch = $16 FOR SHARE
),
moved AS (
    UPDATE sagas
    SET status = m.to_status, parked = m.parked, steps = m.steps,
        outcome = m.outcome, epoch = $16, updated_at = $17
    FROM unnest($1::uuid[], $2::bigint[], $3::bigint[], $4::bigint[], $5::text[], $6::text[])
        AS m (saga, from_status, to_status, parked, steps, outcome)
    WHERE sagas.id = m.saga AND sagas.status = m.from_status AND sagas.epoch <= $16
        AND (SELECT count(*) FROM proof) = 1
    RETURNING sagas.id
),
started AS (
    INSERT INTO sagas (id, kind, args, subject, request_key, fingerprint, status, epoch, outcome,
                       created_at, updated_at, deadline_at)
    SELECT s.id, s.kind, s.args, s.subject, s.request_key, s.fingerprint, s.status, $16,
           s.outcome, $17, $17, s.deadline_at
    FROM unnest($7::uuid[], $8::text[], $9::text[], $10::text[], $11::text[], $12::bigint[], $13::bigint[],
                $14::text[], $15::bigint[])
        AS s (id, kind, args, subject, request_key, fingerprint, status, outcome, deadline_at)
    -- Counting the moves makes them come first: one of them may free the subject of a start.
    WHERE (SELECT count(*) FROM proof) = 1 AND (SELECT count(*) FROM moved) >= 0
    ORDER BY s.id
    ON CONFLICT DO NOTHING
    RETURNING id
)
-- The proof is a row of its own: none at all means that the epoch is over.
SELECT NULL::uuid AS id FROM proof
UNION ALL SELECT id FROM moved
UNION ALL SELECT id FROM started
