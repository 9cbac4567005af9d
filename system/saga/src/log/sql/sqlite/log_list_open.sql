-- The statuses are literals, so that the partial index of open sagas can be used.
SELECT id, kind, args, subject, request_key, fingerprint, status, parked, epoch,
       steps, outcome, created_at, updated_at, deadline_at
FROM sagas
WHERE status IN (0, 2) AND id > $1
ORDER BY id LIMIT $2
