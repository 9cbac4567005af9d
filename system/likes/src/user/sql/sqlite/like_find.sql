SELECT record_id, user_id, article_id, created_at FROM likes WHERE user_id = $1 AND article_id = $2
