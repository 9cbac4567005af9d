UPDATE barrier_watermarks SET below = $2::uuid, epoch = $3 WHERE shard = $1
