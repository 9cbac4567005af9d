UPDATE shards SET epoch = epoch + 1 WHERE shard = 0 RETURNING epoch
