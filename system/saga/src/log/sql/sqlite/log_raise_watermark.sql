UPDATE shards SET watermark = max(coalesce(watermark, ''), $2) WHERE shard = 0 AND epoch = $1 RETURNING watermark
