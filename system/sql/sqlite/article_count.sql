-- One change an article, however many likes the batch brings.
WITH d (article_id, delta) AS (VALUES $rows)
UPDATE articles
SET likes = likes + d.delta
FROM d
WHERE articles.id = d.article_id
RETURNING articles.id, articles.likes
