-- With the place of the last end.
INSERT INTO retention_marks (shard, clock, ended, below, ends)
SELECT 0, $1, $2, $3, (
    SELECT epoch || '.' || position || '.' || saga FROM saga_changes WHERE to_status IN (1, 3)
    ORDER BY epoch DESC, position DESC, saga DESC LIMIT 1
)
WHERE true
ON CONFLICT DO NOTHING
RETURNING ends
