-- The transaction has proved the epoch. Neither value goes back, and none exceeds the watermark that bounds a takeover.
UPDATE retention
SET below = $1, keys_below = $2, ends = $3
WHERE shard = 0 AND (below IS NULL OR below <= $1) AND (keys_below IS NULL OR keys_below <= $2)
  AND ($2 IS NULL OR $2 <= $1)
  AND $1 <= (SELECT watermark FROM shards WHERE shard = 0)
RETURNING shard
