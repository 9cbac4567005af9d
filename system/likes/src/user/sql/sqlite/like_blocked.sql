WITH l (record_id, user_id, article_id, created_at) AS (VALUES $rows)
SELECT b.user_id
FROM l
JOIN blocked_users AS b ON b.user_id = l.user_id
