-- A delta, and only if the count is what the audit read: a count that has changed since is left alone.
WITH d (article_id, was, delta) AS (VALUES $rows)
UPDATE articles
SET likes = likes + d.delta
FROM d
WHERE articles.id = d.article_id AND articles.likes = d.was
