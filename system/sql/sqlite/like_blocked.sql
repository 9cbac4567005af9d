SELECT b.user_id
FROM json_each($1) AS l
JOIN blocked_users AS b ON b.user_id = l.value ->> 'user_id'
