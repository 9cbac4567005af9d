-- The transaction has proved the epoch. The watermark never goes back.
UPDATE shards SET watermark = $1 WHERE shard = 0 AND (watermark IS NULL OR watermark < $1)
