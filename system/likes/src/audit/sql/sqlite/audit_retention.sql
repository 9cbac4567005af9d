SELECT below FROM retention WHERE shard = 0
