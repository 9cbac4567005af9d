-- The epoch, the watermark, and the locks that sagas hold among those up to an identity and after another.
SELECT h.epoch, h.watermark::text, o.id::text, o.subject, o.status
FROM shards AS h
LEFT JOIN (
    SELECT id, subject, status FROM saga_states
    WHERE id > $1::uuid AND id <= $2::uuid AND status IN (0, 2)
      AND id >= coalesce((SELECT watermark FROM shards WHERE shard = 0), '00000000-0000-0000-0000-000000000000')
) AS o ON true
WHERE h.shard = 0
