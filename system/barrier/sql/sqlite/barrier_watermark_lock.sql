SELECT below, epoch FROM barrier_watermarks WHERE shard = $1
