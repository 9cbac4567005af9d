INSERT INTO likes (record_id, user_id, article_id, created_at)
SELECT l.record_id, l.user_id, l.article_id, l.created_at
FROM unnest($1::uuid[], $2::bigint[], $3::bigint[], $4::bigint[])
    AS l (record_id, user_id, article_id, created_at)
WHERE NOT EXISTS (SELECT 1 FROM blocked_users AS b WHERE b.user_id = l.user_id)
ORDER BY l.user_id, l.article_id
ON CONFLICT DO NOTHING
RETURNING record_id
