SELECT clock, ended, below, ends FROM retention_marks WHERE shard = 0 ORDER BY clock
