UPDATE barrier
SET state = r.value ->> 'state', result = r.value ->> 'result', kept = r.value ->> 'kept'
FROM json_each($1) AS r
WHERE barrier.saga = r.value ->> 'saga' AND barrier.step = r.value ->> 'step'
