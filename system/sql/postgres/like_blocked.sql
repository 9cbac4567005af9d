SELECT b.user_id
FROM jsonb_to_recordset($1::jsonb) AS l (user_id bigint)
JOIN blocked_users AS b ON b.user_id = l.user_id
