UPDATE shards SET holder = NULL WHERE shard = 0 AND epoch = $1 RETURNING epoch
