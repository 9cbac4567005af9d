-- The inner query reads the partial index of compensated sagas, so its status is a literal.
SELECT s.id, s.kind, s.args, s.subject, s.request_key, s.fingerprint, s.status, s.parked, s.epoch,
       s.steps, s.outcome, s.created_at, s.updated_at, s.deadline_at
FROM (SELECT saga FROM saga_changes WHERE to_status = 3 AND saga > $1::uuid ORDER BY saga LIMIT $2) AS c
JOIN saga_states AS s ON s.id = c.saga
ORDER BY s.id
