-- OR ROLLBACK: a batch that fails ends its transaction anyway, so SQLite need not keep a statement journal, a copy of every
-- page that the statement changes.
WITH s (id, kind, args, subject, request_key, fingerprint, status, outcome, deadline_at) AS (VALUES $rows)
INSERT OR ROLLBACK INTO sagas (id, kind, args, subject, request_key, fingerprint, status, epoch, outcome,
                   created_at, updated_at, deadline_at, position)
SELECT s.id, s.kind, s.args, s.subject, s.request_key, s.fingerprint, s.status, $2,
       s.outcome, $3, $3, s.deadline_at,
       (SELECT coalesce(max(e.position), 0) + 1 FROM sagas AS e WHERE e.status IN (1, 3) AND e.epoch = $2)
FROM s
WHERE s.id IS NOT NULL
ON CONFLICT DO NOTHING
