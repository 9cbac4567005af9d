INSERT INTO barrier (saga, step, state, fingerprint, result, kept, created_at)
SELECT r.value ->> 'saga', r.value ->> 'step', r.value ->> 'state', r.value ->> 'fingerprint',
       r.value ->> 'result', r.value ->> 'kept', $2
FROM json_each($1) AS r
WHERE true
ON CONFLICT DO NOTHING
RETURNING saga, step
