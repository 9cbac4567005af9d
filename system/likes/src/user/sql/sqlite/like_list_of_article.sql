SELECT record_id, user_id, article_id, created_at
FROM likes WHERE article_id = $1 AND user_id > $2 ORDER BY user_id LIMIT $3
