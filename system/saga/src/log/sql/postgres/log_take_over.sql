UPDATE shards SET epoch = epoch + 1, holder = NULL WHERE shard = 0 RETURNING epoch
