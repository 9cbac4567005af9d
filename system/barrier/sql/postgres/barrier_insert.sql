-- Rows are inserted in key order, so that two concurrent batches cannot deadlock. Those of sagas below the watermark are left out.
INSERT INTO barrier (saga, step, state, fingerprint, result, kept, created_at)
SELECT r.saga, r.step, r.state, r.fingerprint, r.result, r.kept, $7
FROM unnest($1::uuid[], $2::bigint[], $3::bigint[], $4::bigint[], $5::text[], $6::text[])
    AS r (saga, step, state, fingerprint, result, kept)
WHERE r.saga >= (SELECT w.below FROM barrier_watermarks AS w WHERE w.shard = 0)
ORDER BY r.saga, r.step
ON CONFLICT DO NOTHING
RETURNING saga, step
