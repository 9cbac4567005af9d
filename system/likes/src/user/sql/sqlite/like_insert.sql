-- OR ROLLBACK: a batch that fails ends its transaction anyway. Without it, SQLite would copy every page that this
-- statement changes to a statement journal, to be able to undo the statement alone.
WITH l (record_id, user_id, article_id, created_at) AS (VALUES $rows)
INSERT OR ROLLBACK INTO likes (record_id, user_id, article_id, created_at)
SELECT l.record_id, l.user_id, l.article_id, l.created_at
FROM l
WHERE l.record_id IS NOT NULL
    AND NOT EXISTS (SELECT 1 FROM blocked_users AS b WHERE b.user_id = l.user_id)
ON CONFLICT DO NOTHING
