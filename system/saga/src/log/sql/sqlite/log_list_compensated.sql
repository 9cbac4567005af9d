-- The status is a literal, so that the partial index of compensated sagas can be used.
SELECT id, kind, args, subject, request_key, fingerprint, status, parked, epoch,
       steps, outcome, created_at, updated_at, deadline_at
FROM sagas
WHERE status = 3 AND id > $1
ORDER BY id LIMIT $2
