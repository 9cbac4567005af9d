SELECT b.user_id
FROM unnest($1::uuid[], $2::bigint[], $3::bigint[], $4::bigint[])
    AS l (record_id, user_id, article_id, created_at)
JOIN blocked_users AS b ON b.user_id = l.user_id
