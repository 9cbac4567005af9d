-- Every saga below the watermark has ended.
SELECT id, kind, args, status
FROM saga_states
WHERE status IN (0, 2) AND id > $1::uuid
  AND id >= coalesce((SELECT watermark FROM shards WHERE shard = 0), '00000000-0000-0000-0000-000000000000')
ORDER BY id LIMIT $2
