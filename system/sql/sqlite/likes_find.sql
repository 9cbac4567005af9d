SELECT l.record_id, l.user_id, l.article_id, l.created_at
FROM json_each($1) AS p
JOIN likes AS l ON l.user_id = p.value ->> 'user_id' AND l.article_id = p.value ->> 'article_id'
