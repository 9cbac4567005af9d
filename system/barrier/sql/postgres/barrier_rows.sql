-- For a person who compares: rows as they are stored, also those of sagas below the watermark. Such a step is listed without a
-- row, too, because its row may be deleted. The last column: whether the saga is below the watermark.
SELECT r.saga, r.step, b.state, b.fingerprint, b.result, b.created_at, CASE WHEN r.saga < w.below THEN 1 ELSE 0 END::bigint
FROM unnest($1::uuid[], $2::bigint[]) AS r (saga, step)
JOIN barrier_watermarks AS w ON w.shard = 0
LEFT JOIN barrier AS b ON b.saga = r.saga AND b.step = r.step
WHERE b.saga IS NOT NULL OR r.saga < w.below
