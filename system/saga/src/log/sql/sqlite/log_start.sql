-- OR ROLLBACK: a batch that fails ends its transaction anyway, so SQLite need not keep a statement journal, a copy of every
-- page that the statement changes.
WITH s (id, kind, args, subject, request_key, fingerprint, deadline_at) AS (VALUES $rows)
INSERT OR ROLLBACK INTO sagas (id, kind, args, subject, request_key, fingerprint, epoch, shard, created_at, deadline_at)
SELECT s.id, s.kind, s.args, s.subject, s.request_key, s.fingerprint, $2, 0, $3, s.deadline_at
FROM s
WHERE s.id IS NOT NULL
ON CONFLICT DO NOTHING
