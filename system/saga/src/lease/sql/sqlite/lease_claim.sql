UPDATE shards SET epoch = epoch + 1, holder = $3
WHERE shard = 0 AND epoch = $1 AND renewals = $2
RETURNING epoch
