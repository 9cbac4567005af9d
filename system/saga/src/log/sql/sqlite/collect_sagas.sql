-- Nothing here proves an epoch: what is below has been raised under one, and never goes back. A saga without an end stays, whatever
-- the watermark says.
DELETE FROM sagas
WHERE id > $1 AND id <= $2
  AND id < (SELECT below FROM retention WHERE shard = 0)
  AND (request_key IS NULL OR id < (SELECT keys_below FROM retention WHERE shard = 0))
  AND EXISTS (SELECT 1 FROM saga_changes AS c WHERE c.saga = sagas.id AND c.to_status IN (1, 3))
