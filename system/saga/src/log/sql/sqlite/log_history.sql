-- What was logged of a saga, in order: its start, and for each status that it entered the change, and then whether it was parked in it.
SELECT 0 AS place, 0 AS status, 0 AS parked, epoch, created_at AS changed_at, NULL AS outcome FROM sagas WHERE id = $1
UNION ALL
SELECT CASE to_status WHEN 2 THEN 2 ELSE 4 END, to_status, parked, epoch, changed_at, outcome FROM saga_changes WHERE saga = $1
UNION ALL
SELECT status + 1, status, 1, epoch, parked_at, NULL FROM saga_parks WHERE saga = $1
ORDER BY place
