-- The statuses are literals, so that the partial index of open sagas can be used.
SELECT id, kind, args, status
FROM sagas
WHERE status IN (0, 2) AND id > $1::uuid
ORDER BY id LIMIT $2
