-- OR ROLLBACK: a batch that fails ends its transaction anyway, so SQLite need not keep a statement journal, a copy of every
-- page that the statement changes.
WITH m (saga, from_status, to_status, parked, steps, outcome) AS (VALUES $rows)
UPDATE OR ROLLBACK sagas
SET status = m.to_status, parked = m.parked, steps = m.steps,
    outcome = m.outcome, epoch = $2, updated_at = $3,
    position = (SELECT coalesce(max(e.position), 0) + 1 FROM sagas AS e WHERE e.status IN (1, 3) AND e.epoch = $2)
FROM m
WHERE sagas.id = m.saga AND sagas.status = m.from_status AND sagas.epoch <= $2
RETURNING sagas.id
