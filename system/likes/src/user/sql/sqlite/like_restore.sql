WITH l (record_id, user_id, article_id, created_at) AS (VALUES $rows)
INSERT INTO likes (record_id, user_id, article_id, created_at)
SELECT l.record_id, l.user_id, l.article_id, l.created_at
FROM l
WHERE l.record_id IS NOT NULL
