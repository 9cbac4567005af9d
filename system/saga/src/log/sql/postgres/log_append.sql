-- A whole append: prove the epoch, change statuses, start sagas. Nothing is written without the proof.
-- The shared lock is held until the commit, which prevents a takeover during the append. An append that waits for the lock of
-- a concurrent takeover reads the new epoch afterwards.
WITH proof AS MATERIALIZED (
    SELECT epoch FROM shards WHERE shard = 0 AND epoch = $16 FOR SHARE
),
changed AS (
    UPDATE sagas
    SET status = m.to_status, parked = m.parked, steps = m.steps,
        outcome = m.outcome, epoch = $16, updated_at = $17, position = txid_current()
    FROM unnest($1::uuid[], $2::bigint[], $3::bigint[], $4::bigint[], $5::text[], $6::text[])
        AS m (saga, from_status, to_status, parked, steps, outcome)
    WHERE sagas.id = m.saga AND sagas.status = m.from_status AND sagas.epoch <= $16
        AND (SELECT count(*) FROM proof) = 1
    RETURNING sagas.id
),
started AS (
    INSERT INTO sagas (id, kind, args, subject, request_key, fingerprint, status, epoch, outcome,
                       created_at, updated_at, deadline_at, position)
    SELECT s.id, s.kind, s.args, s.subject, s.request_key, s.fingerprint, s.status, $16,
           s.outcome, $17, $17, s.deadline_at, txid_current()
    FROM unnest($7::uuid[], $8::text[], $9::text[], $10::text[], $11::text[], $12::bigint[], $13::bigint[],
                $14::text[], $15::bigint[])
        AS s (id, kind, args, subject, request_key, fingerprint, status, outcome, deadline_at)
    -- The count makes the changes run first: one of them may release the lock key of a start.
    WHERE (SELECT count(*) FROM proof) = 1 AND (SELECT count(*) FROM changed) >= 0
    ORDER BY s.id
    ON CONFLICT DO NOTHING
    RETURNING id
)
-- The proof is a row without an id. No row at all means that the epoch is over.
SELECT NULL::uuid AS id FROM proof
UNION ALL SELECT id FROM changed
UNION ALL SELECT id FROM started
