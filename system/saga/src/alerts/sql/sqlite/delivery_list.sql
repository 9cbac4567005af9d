-- The newest first. A state of -1 stands for all of them.
SELECT a.id, a.saga, a.kind, a.saga_kind, a.subject, a.status, a.reason, a.parked_at, a.created_at,
       d.state, d.attempts, d.next_attempt_at, d.last_status, d.last_error, d.delivered_at, d.resends
FROM alerts AS a
JOIN alert_deliveries AS d ON d.alert = a.id
WHERE a.id < $1 AND ($2 = -1 OR d.state = $2)
ORDER BY a.id DESC LIMIT $3
