DELETE FROM likes
WHERE (user_id, article_id) IN (
    SELECT u.value ->> 'user_id', u.value ->> 'article_id' FROM json_each($1) AS u
)
RETURNING record_id, user_id, article_id, created_at
