SELECT r.clock, r.ended, r.below::text, r.keys_below::text, r.ends, h.watermark::text
FROM retention AS r JOIN shards AS h ON h.shard = r.shard
WHERE r.shard = 0
