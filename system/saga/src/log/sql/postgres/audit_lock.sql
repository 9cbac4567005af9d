-- Proves the epoch and keeps every other writer of the log away until the commit: the next number of the audit is then certain.
SELECT epoch FROM shards WHERE shard = 0 AND epoch = $1 FOR UPDATE
