-- In the order of the unique index, so that no page reads more than its rows.
SELECT user_id, article_id
FROM likes
WHERE (user_id, article_id) > ($1, $2)
ORDER BY user_id, article_id LIMIT $3
