-- One row per article, however many likes the batch has. article_lock.sql has locked the rows.
UPDATE articles
SET likes = likes + d.delta
FROM unnest($1::bigint[], $2::bigint[]) AS d (article_id, delta)
WHERE articles.id = d.article_id
RETURNING articles.id, articles.likes
