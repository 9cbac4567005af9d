-- SQLite has one writer at a time, so positions are committed in their order.
SELECT id, kind, args, subject, request_key, fingerprint, status, parked, epoch,
       steps, outcome, created_at, updated_at, deadline_at, position
FROM sagas
WHERE status IN (1, 3) AND (epoch, position, id) > ($1, $2, $3)
ORDER BY epoch, position, id LIMIT $4
