SELECT epoch FROM shards WHERE shard = 0
