-- Sagas after the first identity and up to the second one. Every saga below the watermark has ended.
SELECT id, kind, args, subject, request_key, fingerprint, status, parked, epoch,
       steps, outcome, created_at, updated_at, deadline_at
FROM saga_states
WHERE id > $1 AND id <= $2 AND status IN (0, 2)
  AND id >= coalesce((SELECT watermark FROM shards WHERE shard = 0), '00000000-0000-0000-0000-000000000000')
ORDER BY id LIMIT $3
