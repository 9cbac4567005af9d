SELECT below FROM barrier_watermarks WHERE shard = 0
