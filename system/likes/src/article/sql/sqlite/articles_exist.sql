WITH r (id) AS (VALUES $rows)
SELECT a.id
FROM r
JOIN articles AS a ON a.id = r.id
