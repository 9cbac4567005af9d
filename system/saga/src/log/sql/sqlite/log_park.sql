-- Reads and writes no column that holds a document: it may be unreadable.
INSERT INTO saga_parks (saga, epoch, parked_at, shard, status)
SELECT id, $2, $3, 0, status FROM saga_states
WHERE id = $1 AND status IN (0, 2) AND parked = 0
ON CONFLICT DO NOTHING
RETURNING saga
