-- With the place of the last end. The index has no sagas: the ends of one transaction are read together.
INSERT INTO retention_marks (shard, clock, ended, below, ends)
SELECT 0, $1, $2, $3::uuid, (
    SELECT t.epoch || '.' || t.position || '.' || max(t.saga::text)
    FROM (
        SELECT epoch, position, saga FROM saga_changes WHERE to_status IN (1, 3)
        ORDER BY epoch DESC, position DESC FETCH FIRST 1 ROW WITH TIES
    ) AS t
    GROUP BY t.epoch, t.position
)
ON CONFLICT DO NOTHING
RETURNING ends
