-- The last of the next sagas to look at.
SELECT max(id) FROM (
    SELECT id FROM sagas
    WHERE id > $1 AND typeof(id) = 'text' AND id < $2 AND id < (SELECT below FROM retention WHERE shard = 0)
    ORDER BY id LIMIT $3
) AS next
