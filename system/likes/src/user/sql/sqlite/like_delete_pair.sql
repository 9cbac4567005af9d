WITH u (user_id, article_id) AS (VALUES $rows)
DELETE FROM likes
WHERE (user_id, article_id) IN (SELECT u.user_id, u.article_id FROM u)
RETURNING record_id, user_id, article_id, created_at
