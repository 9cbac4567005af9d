WITH r (id) AS (VALUES $rows)
SELECT s.id
FROM r
JOIN sagas AS s ON s.id = r.id
