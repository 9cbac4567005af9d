INSERT INTO likes (record_id, user_id, article_id, created_at)
SELECT l.value ->> 'record_id', l.value ->> 'user_id', l.value ->> 'article_id', l.value ->> 'created_at'
FROM json_each($1) AS l
