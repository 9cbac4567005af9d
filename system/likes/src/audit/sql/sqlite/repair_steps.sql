-- A tombstone (3) that says why: a step that was lost, and that must not run if its request arrives once more.
WITH r (saga, step, fingerprint) AS (VALUES $rows)
INSERT INTO barrier (saga, step, state, fingerprint, result, created_at)
SELECT r.saga, r.step, 3, r.fingerprint, 'lost', $2
FROM r
WHERE r.saga IS NOT NULL
ON CONFLICT DO NOTHING
