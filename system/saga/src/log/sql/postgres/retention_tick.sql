-- The transaction has proved the epoch. The clock never goes back.
UPDATE retention SET clock = $1, ended = $2 WHERE shard = 0 AND clock <= $1
