-- One change an article, however many likes the batch brings. The rows are locked already.
UPDATE articles
SET likes = likes + d.delta
FROM unnest($1::bigint[], $2::bigint[]) AS d (article_id, delta)
WHERE articles.id = d.article_id
RETURNING articles.id, articles.likes
