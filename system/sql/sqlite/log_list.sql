SELECT id, kind, args, subject, request_key, fingerprint, status, parked, epoch,
       steps, outcome, created_at, updated_at, deadline_at
FROM sagas
WHERE status IN (SELECT value FROM json_each($1)) AND id > $2
ORDER BY id LIMIT $3
