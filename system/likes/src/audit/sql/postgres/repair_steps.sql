-- A tombstone (3) that says why: a step that was lost, and that must not run if its request arrives once more.
INSERT INTO barrier (saga, step, state, fingerprint, result, created_at)
SELECT r.saga, r.step, 3, r.fingerprint, 'lost', $4
FROM unnest($1::uuid[], $2::bigint[], $3::bigint[]) AS r (saga, step, fingerprint)
ORDER BY r.saga, r.step
ON CONFLICT DO NOTHING
