-- The transaction has proved the epoch. Neither value goes back, and none exceeds the watermark that bounds a takeover.
UPDATE retention
SET below = $1::uuid, keys_below = $2::uuid, ends = $3
WHERE shard = 0 AND (below IS NULL OR below <= $1::uuid) AND (keys_below IS NULL OR keys_below <= $2::uuid)
  AND ($2::uuid IS NULL OR $2::uuid <= $1::uuid)
  AND $1::uuid <= (SELECT watermark FROM shards WHERE shard = 0)
RETURNING shard::bigint
