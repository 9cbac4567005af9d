-- OR ROLLBACK: a batch that fails ends its transaction anyway, so SQLite need not keep a statement journal, a copy of every
-- page that the statement changes.
WITH c (saga, from_status, to_status, parked, steps, outcome) AS (VALUES $rows)
INSERT OR ROLLBACK INTO saga_changes (saga, epoch, position, changed_at, shard, from_status, to_status, parked, steps, outcome)
SELECT c.saga, $2,
       (SELECT coalesce(max(e.position), 0) + 1 FROM saga_changes AS e WHERE e.to_status IN (1, 3) AND e.epoch = $2),
       $3, 0, c.from_status, c.to_status, c.parked, c.steps, c.outcome
FROM c
WHERE c.saga IS NOT NULL
ON CONFLICT DO NOTHING
RETURNING saga, from_status
