UPDATE shards SET renewals = renewals + 1 WHERE shard = 0 AND epoch = $1 RETURNING renewals
