SELECT clock, ended, below::text, ends FROM retention_marks WHERE shard = 0 ORDER BY clock
