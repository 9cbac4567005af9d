-- The shared lock prevents a takeover until this transaction ends.
SELECT epoch FROM shards WHERE shard = 0 AND epoch = $1 FOR SHARE
