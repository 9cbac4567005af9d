-- In one order, so that two batches never wait for each other in a circle.
SELECT a.id, a.likes
FROM articles AS a
WHERE a.id = ANY ($1::bigint[])
ORDER BY a.id
FOR UPDATE
