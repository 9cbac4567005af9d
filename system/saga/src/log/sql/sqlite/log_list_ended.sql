-- SQLite has one writer at a time, so positions are committed in their order.
SELECT s.id, s.kind, s.args, s.subject, s.request_key, s.fingerprint, c.to_status, c.parked, c.epoch,
       c.steps, c.outcome, s.created_at, c.changed_at, s.deadline_at, c.position
FROM saga_changes AS c
JOIN sagas AS s ON s.id = c.saga
WHERE c.to_status IN (1, 3) AND (c.epoch, c.position, c.saga) > ($1, $2, $3)
ORDER BY c.epoch, c.position, c.saga LIMIT $4
