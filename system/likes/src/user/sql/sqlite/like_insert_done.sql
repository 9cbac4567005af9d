WITH r (record_id) AS (VALUES $rows)
SELECT l.record_id
FROM r
JOIN likes AS l ON l.record_id = r.record_id
WHERE l.rowid > $2
