-- A saga below the watermark has no row, whether or not it is deleted yet.
WITH r (saga, step) AS (VALUES $rows)
SELECT b.saga, b.step, b.state, b.fingerprint, b.result
FROM r
JOIN barrier AS b ON b.saga = r.saga AND b.step = r.step
WHERE b.saga >= (SELECT w.below FROM barrier_watermarks AS w WHERE w.shard = 0)
