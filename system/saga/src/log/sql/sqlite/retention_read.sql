SELECT r.clock, r.ended, r.below, r.keys_below, r.ends, h.watermark
FROM retention AS r JOIN shards AS h ON h.shard = r.shard
WHERE r.shard = 0
