DELETE FROM likes
USING unnest($1::bigint[], $2::bigint[]) AS u (user_id, article_id)
WHERE likes.user_id = u.user_id AND likes.article_id = u.article_id
RETURNING record_id, likes.user_id, likes.article_id, created_at
