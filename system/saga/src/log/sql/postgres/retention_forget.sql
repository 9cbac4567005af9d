DELETE FROM retention_marks WHERE shard = 0 AND clock = $1
