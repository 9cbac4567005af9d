-- BEGIN IMMEDIATE holds the write lock, which keeps every other writer away until this transaction ends.
SELECT epoch FROM shards WHERE shard = 0 AND epoch = $1
