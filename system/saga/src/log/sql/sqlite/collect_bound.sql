-- The last of the next sagas to look at. None of the last ends of this epoch, because the next end has the position after them, and
-- nothing after the first of them: a later batch begins there, once another saga has ended.
SELECT max(id) FROM (
    SELECT id FROM sagas
    WHERE id > $1 AND typeof(id) = 'text' AND id < $2 AND id < (SELECT below FROM retention WHERE shard = 0)
      AND id < coalesce((
        SELECT min(saga) FROM saga_changes
        WHERE to_status IN (1, 3) AND epoch = (SELECT epoch FROM shards WHERE shard = 0)
          AND position = (SELECT max(position) FROM saga_changes
                          WHERE to_status IN (1, 3) AND epoch = (SELECT epoch FROM shards WHERE shard = 0))
      ), $2)
    ORDER BY id LIMIT $3
) AS next
