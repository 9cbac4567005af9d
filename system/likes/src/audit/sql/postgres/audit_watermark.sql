SELECT below::text FROM barrier_watermarks WHERE shard = 0
