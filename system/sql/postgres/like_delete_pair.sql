DELETE FROM likes
USING jsonb_to_recordset($1::jsonb) AS u (user_id bigint, article_id bigint)
WHERE likes.user_id = u.user_id AND likes.article_id = u.article_id
RETURNING record_id::text, likes.user_id, likes.article_id, created_at
