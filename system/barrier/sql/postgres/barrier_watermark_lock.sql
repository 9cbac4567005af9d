-- The lock keeps another publication away until this one is decided.
SELECT below, epoch FROM barrier_watermarks WHERE shard = $1 FOR UPDATE
