-- Only from done (0) to undone (2): whoever comes second finds nothing to take back.
UPDATE barrier
SET state = 2
FROM json_each($1) AS r
WHERE barrier.saga = r.value ->> 'saga' AND barrier.step = r.value ->> 'step' AND barrier.state = 0
RETURNING barrier.kept
