-- BEGIN IMMEDIATE holds the write lock: nothing changes until this transaction ends.
WITH r (id) AS (VALUES $rows)
SELECT a.id, a.likes
FROM r
JOIN articles AS a ON a.id = r.id
