-- In one order, so that two batches never wait for each other in a circle.
INSERT INTO barrier (saga, step, state, fingerprint, created_at)
SELECT r.saga, r.step, r.state, r.fingerprint, $2
FROM jsonb_to_recordset($1::jsonb) AS r (saga uuid, step bigint, state bigint, fingerprint bigint)
ORDER BY r.saga, r.step
ON CONFLICT DO NOTHING
RETURNING saga::text, step
