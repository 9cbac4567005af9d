-- The last of the next sagas to look at, so that one query never reads the whole log. Every saga below the watermark has ended.
SELECT max(id) FROM (
    SELECT id FROM sagas
    WHERE id > $1 AND typeof(id) = 'text' AND id >= coalesce((SELECT watermark FROM shards WHERE shard = 0), '00000000-0000-0000-0000-000000000000')
    ORDER BY id LIMIT $2
) AS next
