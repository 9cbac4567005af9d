SELECT epoch, renewals, holder FROM shards WHERE shard = 0
