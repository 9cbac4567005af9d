-- The transaction began with BEGIN IMMEDIATE and holds the write lock. So no row changes until it ends.
WITH r (id) AS (VALUES $rows)
SELECT a.id, a.likes
FROM r
JOIN articles AS a ON a.id = r.id
