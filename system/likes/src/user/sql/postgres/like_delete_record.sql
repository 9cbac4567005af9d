DELETE FROM likes
USING unnest($1::uuid[], $2::bigint[], $3::bigint[], $4::bigint[])
    AS l (record_id, user_id, article_id, created_at)
WHERE likes.user_id = l.user_id AND likes.article_id = l.article_id AND likes.record_id = l.record_id
