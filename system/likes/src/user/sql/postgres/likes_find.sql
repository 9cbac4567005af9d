SELECT l.record_id, l.user_id, l.article_id, l.created_at
FROM unnest($1::bigint[], $2::bigint[]) AS p (user_id, article_id)
JOIN likes AS l ON l.user_id = p.user_id AND l.article_id = p.article_id
