-- What was logged of a saga, in order: its start, and for each status that it entered the change, and then whether it was parked in it.
SELECT 0::bigint AS place, 0::bigint AS status, 0::bigint AS parked, epoch::bigint AS epoch, created_at AS changed_at, NULL::text AS outcome
FROM sagas WHERE id = $1::uuid
UNION ALL
SELECT CASE to_status WHEN 2 THEN 2 ELSE 4 END, to_status, parked, epoch, changed_at, outcome FROM saga_changes WHERE saga = $1::uuid
UNION ALL
SELECT status + 1, status, 1, epoch, parked_at, NULL FROM saga_parks WHERE saga = $1::uuid
ORDER BY place
