-- Sagas below the watermark are left out, and so are the surplus rows, which have no saga.
-- OR ROLLBACK: a batch that fails ends its transaction anyway, so SQLite need not keep a statement journal, a copy of every
-- page that the statement changes.
WITH r (saga, step, state, fingerprint, result, kept) AS (VALUES $rows)
INSERT OR ROLLBACK INTO barrier (saga, step, state, fingerprint, result, kept, created_at)
SELECT r.saga, r.step, r.state, r.fingerprint, r.result, r.kept, $2
FROM r
WHERE r.saga >= (SELECT w.below FROM barrier_watermarks AS w WHERE w.shard = 0)
ON CONFLICT DO NOTHING
