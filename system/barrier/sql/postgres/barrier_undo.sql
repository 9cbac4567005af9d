-- Only from done (0) to undone (2): a repeated request changes no row and has nothing to compensate.
UPDATE barrier
SET state = 2
FROM unnest($1::uuid[], $2::bigint[]) AS r (saga, step)
WHERE barrier.saga = r.saga AND barrier.step = r.step AND barrier.state = 0
RETURNING barrier.kept, barrier.saga, barrier.step
