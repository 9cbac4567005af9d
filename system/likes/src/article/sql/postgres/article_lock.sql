-- Locked in a fixed order, so that two batches cannot deadlock.
SELECT a.id, a.likes
FROM articles AS a
WHERE a.id = ANY ($1::bigint[])
ORDER BY a.id
FOR UPDATE
