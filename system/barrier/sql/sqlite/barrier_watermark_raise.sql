UPDATE barrier_watermarks SET below = $2, epoch = $3 WHERE shard = $1
