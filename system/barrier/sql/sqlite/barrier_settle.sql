WITH r (saga, step, state, result, kept) AS (VALUES $rows)
UPDATE barrier
SET state = r.state, result = r.result, kept = r.kept
FROM r
WHERE barrier.saga = r.saga AND barrier.step = r.step
