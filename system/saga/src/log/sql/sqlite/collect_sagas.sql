-- Nothing here proves an epoch: what is below has been raised under one, and never goes back. A saga without an end stays, whatever
-- the watermark says. So do the last ends of this epoch: the next end has the position after them.
DELETE FROM sagas
WHERE id > $1 AND id <= $2
  AND id < (SELECT below FROM retention WHERE shard = 0)
  AND (request_key IS NULL OR id < (SELECT keys_below FROM retention WHERE shard = 0))
  AND EXISTS (SELECT 1 FROM saga_changes AS c WHERE c.saga = sagas.id AND c.to_status IN (1, 3))
  AND id NOT IN (
    SELECT saga FROM saga_changes
    WHERE to_status IN (1, 3) AND epoch = (SELECT epoch FROM shards WHERE shard = 0)
      AND position = (SELECT max(position) FROM saga_changes
                      WHERE to_status IN (1, 3) AND epoch = (SELECT epoch FROM shards WHERE shard = 0)))
