-- The last of the next sagas to look at.
SELECT max(id::text) FROM (
    SELECT id FROM sagas
    WHERE id > $1::uuid AND id < $2::uuid AND id < (SELECT below FROM retention WHERE shard = 0)
    ORDER BY id LIMIT $3
) AS next
