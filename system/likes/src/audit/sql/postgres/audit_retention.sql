SELECT below::text FROM retention WHERE shard = 0
