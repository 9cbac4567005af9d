UPDATE barrier
SET state = r.state, result = r.result, kept = r.kept
FROM jsonb_to_recordset($1::jsonb) AS r (saga uuid, step bigint, state bigint, result text, kept text)
WHERE barrier.saga = r.saga AND barrier.step = r.step
