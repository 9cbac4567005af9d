-- A saga, and whether it may have been deleted: always one row.
SELECT s.id, s.kind, s.args, s.subject, s.request_key, s.fingerprint, s.status, s.parked, s.epoch,
       s.steps, s.outcome, s.created_at, s.updated_at, s.deadline_at, s.id IS NOT NULL AS is_found,
       coalesce($1 < r.below, 0) AS is_below
FROM retention AS r LEFT JOIN saga_states AS s ON s.id = $1
WHERE r.shard = 0
