-- BEGIN IMMEDIATE holds the write lock, which prevents a takeover until this transaction ends.
SELECT epoch FROM shards WHERE shard = 0 AND epoch = $1
