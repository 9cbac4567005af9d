-- One row per article, however many likes the batch has.
-- OR ROLLBACK: a batch that fails ends its transaction anyway. Without it, SQLite would copy every page that this
-- statement changes to a statement journal, to be able to undo the statement alone.
WITH d (article_id, delta) AS (VALUES $rows)
UPDATE OR ROLLBACK articles
SET likes = likes + d.delta
FROM d
WHERE articles.id = d.article_id
RETURNING articles.id, articles.likes
