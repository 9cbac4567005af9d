-- One change an article, however many likes the batch brings; locked in one order first, so that
-- two batches never wait for each other in a circle.
WITH changes AS (
    SELECT d.article_id, d.delta
    FROM jsonb_to_recordset($1::jsonb) AS d (article_id bigint, delta bigint)
), locked AS (
    SELECT a.id FROM articles AS a JOIN changes AS c ON c.article_id = a.id ORDER BY a.id FOR UPDATE OF a
)
UPDATE articles
SET likes = likes + c.delta
FROM changes AS c JOIN locked AS l ON l.id = c.article_id
WHERE articles.id = l.id
RETURNING articles.id, articles.likes
