-- For a person who compares: rows as they are stored, also those of sagas below the watermark. Such a step is listed without a
-- row, too, because its row may be deleted. The last column: whether the saga is below the watermark.
-- The surplus rows have no saga, so the condition leaves them out.
WITH r (saga, step) AS (VALUES $rows)
SELECT r.saga, r.step, b.state, b.fingerprint, b.result, b.created_at, r.saga < w.below
FROM r
JOIN barrier_watermarks AS w ON w.shard = 0
LEFT JOIN barrier AS b ON b.saga = r.saga AND b.step = r.step
WHERE b.saga IS NOT NULL OR r.saga < w.below
