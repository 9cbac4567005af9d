-- One change an article, however many likes the batch brings.
UPDATE articles
SET likes = likes + (d.value ->> 'delta')
FROM json_each($1) AS d
WHERE articles.id = d.value ->> 'article_id'
RETURNING articles.id, articles.likes
