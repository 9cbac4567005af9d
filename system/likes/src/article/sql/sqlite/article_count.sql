-- One change an article, however many likes the batch brings.
-- OR ROLLBACK: a batch that fails ends its transaction anyway. To take back this statement alone, SQLite would first copy
-- every page that it changes.
WITH d (article_id, delta) AS (VALUES $rows)
UPDATE OR ROLLBACK articles
SET likes = likes + d.delta
FROM d
WHERE articles.id = d.article_id
RETURNING articles.id, articles.likes
