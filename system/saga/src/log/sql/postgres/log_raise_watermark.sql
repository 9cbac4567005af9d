-- One statement and one lock of the row: a transaction that shared it first could wait for a renewal that waits for it.
UPDATE shards SET watermark = greatest(watermark, $2::uuid) WHERE shard = 0 AND epoch = $1 RETURNING watermark::text
