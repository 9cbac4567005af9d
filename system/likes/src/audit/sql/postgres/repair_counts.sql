-- A delta, and only if the count is what the audit read: a count that has changed since is left alone.
UPDATE articles
SET likes = likes + d.delta
FROM unnest($1::bigint[], $2::bigint[], $3::bigint[]) AS d (article_id, was, delta)
WHERE articles.id = d.article_id AND articles.likes = d.was
